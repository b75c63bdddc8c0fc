import { EVENT_ID, type Event, getScalarValue, type ScalarEvent } from 'js-yaml';
import { pointerTokens } from '../json-pointer.js';

/** Children of a container by pointer segment: the event at which each stands, and its offset in the text. */
type Children = Map<string, { node: number; offset: number }>;

/**
 * For each JSON pointer the offset at which its node starts (a member's is that of its name), or its nearest ancestor
 * that is written down. Members that come from merge keys and aliases are found where they are written.
 */
export function locateInYaml(text: string, events: Event[], pointers: readonly string[]): number[] {
  const ends = endsOf(events);
  const yaml = { text, events, ends, anchors: anchorsOf(text, events, ends) };
  const root = firstContent(events, ends);
  const known = new Map<number, Children>();
  return pointers.map((pointer) => {
    let node = root;
    let offset = offsetOf(events[root]);
    for (const token of pointerTokens(pointer) ?? []) {
      let children = known.get(node);
      if (children === undefined) {
        children = yamlChildren(yaml, node);
        known.set(node, children);
      }
      const child = children.get(token);
      if (child === undefined) break;
      ({ node, offset } = child);
    }
    return offset;
  });
}

type YamlEvents = {
  text: string;
  events: Event[];
  /** Per event: the index after the last event of its node. */
  ends: Int32Array;
  /** Per alias event: the index of the node that it names. */
  anchors: Map<number, number>;
};

function yamlChildren(yaml: YamlEvents, node: number): Children {
  const children: Children = new Map();
  const merges: number[] = [];
  const container = yaml.anchors.get(node) ?? node;
  const type = yaml.events[container]?.type;
  if (type !== EVENT_ID.MAPPING && type !== EVENT_ID.SEQUENCE) return children;
  const end = (yaml.ends[container] ?? 0) - 1;
  for (let at = container + 1, index = 0; at < end; index += 1) {
    const key = yaml.events[at];
    const value = type === EVENT_ID.MAPPING ? (yaml.ends[at] ?? end) : at;
    if (type === EVENT_ID.SEQUENCE) {
      children.set(String(index), { node: value, offset: offsetOf(key) });
    } else if (key?.type === EVENT_ID.SCALAR) {
      const name = getScalarValue(yaml.text, key);
      if (name === '<<') merges.push(value);
      children.set(name, { node: value, offset: offsetOf(key) });
    }
    at = yaml.ends[value] ?? end;
  }
  for (const merge of merges) addMerged(yaml, children, merge);
  return children;
}

function addMerged(yaml: YamlEvents, children: Children, merge: number): void {
  const source = yaml.anchors.get(merge) ?? merge;
  const found = yamlChildren(yaml, source);
  const isList = yaml.events[source]?.type === EVENT_ID.SEQUENCE;
  const sources = isList
    ? [...found.values()].map((item) => yamlChildren(yaml, item.node))
    : [found];
  for (const members of sources) {
    for (const [name, place] of members) if (!children.has(name)) children.set(name, place);
  }
}

function endsOf(events: Event[]): Int32Array {
  const ends = new Int32Array(events.length);
  const open: number[] = [];
  for (let i = 0; i < events.length; i += 1) {
    const type = events[i]?.type;
    ends[i] = i + 1;
    if (type === EVENT_ID.POP) ends[open.pop() ?? i] = i + 1;
    else if (type !== EVENT_ID.SCALAR && type !== EVENT_ID.ALIAS) open.push(i);
  }
  return ends;
}

/** An anchor may be given again further down; an alias means the one before it. An alias in its own node means nothing. */
function anchorsOf(text: string, events: Event[], ends: Int32Array): Map<number, number> {
  const named = new Map<string, number>();
  const aliases = new Map<number, number>();
  for (let i = 0; i < events.length; i += 1) {
    const event = events[i];
    if (event === undefined || !('anchorStart' in event) || event.anchorStart === -1) continue;
    const name = text.slice(event.anchorStart, event.anchorEnd);
    if (event.type !== EVENT_ID.ALIAS) named.set(name, i);
    else {
      const target = named.get(name) ?? i;
      aliases.set(i, (ends[target] ?? 0) > i ? i : target);
    }
  }
  return aliases;
}

function firstContent(events: Event[], ends: Int32Array): number {
  let document = 0;
  while (
    document < events.length - 1 &&
    events[document + 1]?.type === EVENT_ID.SCALAR &&
    (ends[document] ?? events.length) < events.length
  ) {
    document = ends[document] ?? events.length;
  }
  return Math.min(document + 1, events.length - 1);
}

function offsetOf(event: Event | undefined): number {
  if (event === undefined) return 0;
  if ('valueStart' in event) return Math.max((event as ScalarEvent).valueStart, 0);
  if ('start' in event) return event.start;
  return 'anchorStart' in event ? event.anchorStart : 0;
}
