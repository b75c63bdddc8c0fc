import { EVENT_ID, type Event, getScalarValue, type ScalarEvent } from 'js-yaml';
import { pointerTokens } from './json-pointer.js';
import { closingQuote, skipSpace, skipValue } from './json-scan.js';
import type { LineIndex } from './line-index.js';
import { parseYamlEvents } from './read-yaml.js';

/** Children of a container by pointer segment; a node is an offset (JSON) or an event index (YAML). */
type Children = Map<string, { node: number; offset: number }>;

type Tree = { root: number; offset: number; childrenOf(node: number): Children };

/**
 * Answers in which line the node of a JSON pointer starts (a member's line is that of its name). Each container that is
 * asked about is scanned once, so a thousand pointers cost a few passes over the text.
 */
export function createLineLocator(
  text: string,
  options: { syntax: 'json' | 'yaml'; lineAt: LineIndex; maxDepth: number },
): (pointer: string) => number | null {
  if (!/[\r\n]/.test(text.trimEnd())) return () => null;
  let tree: Tree | undefined;
  const known = new Map<number, Children>();
  return (pointer) => {
    tree ??= options.syntax === 'json' ? jsonTree(text) : yamlTree(text, options.maxDepth);
    let node = tree.root;
    let offset = tree.offset;
    for (const segment of pointerTokens(pointer) ?? []) {
      let children = known.get(node);
      if (children === undefined) {
        children = tree.childrenOf(node);
        known.set(node, children);
      }
      const child = children.get(segment);
      if (child === undefined) break;
      ({ node, offset } = child);
    }
    return options.lineAt(offset);
  };
}

function jsonTree(text: string): Tree {
  const root = skipSpace(text, 0);
  return { root, offset: root, childrenOf: (node) => jsonChildren(text, node) };
}

function jsonChildren(text: string, container: number): Children {
  const children: Children = new Map();
  const isObject = text[container] === '{';
  if (!isObject && text[container] !== '[') return children;
  let at = skipSpace(text, container + 1);
  for (let index = 0; at < text.length && text[at] !== '}' && text[at] !== ']'; index += 1) {
    const offset = at;
    let name = String(index);
    if (isObject) {
      const close = closingQuote(text, at);
      name = JSON.parse(text.slice(at, close + 1)) as string;
      at = skipSpace(text, skipSpace(text, close + 1) + 1);
    }
    children.set(name, { node: at, offset });
    at = skipSpace(text, skipValue(text, at));
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return children;
}

function yamlTree(text: string, maxDepth: number): Tree {
  const events = parseYamlEvents(text, maxDepth);
  const ends = endsOf(events);
  const anchors = anchorsOf(text, events, ends);
  const root = firstContent(events, ends);
  return {
    root,
    offset: offsetOf(events[root]),
    childrenOf: (node) => yamlChildren({ text, events, ends, anchors }, node),
  };
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
  for (const [i, event] of events.entries()) {
    ends[i] = i + 1;
    if (event.type === EVENT_ID.POP) ends[open.pop() ?? i] = i + 1;
    else if (event.type !== EVENT_ID.SCALAR && event.type !== EVENT_ID.ALIAS) open.push(i);
  }
  return ends;
}

/** An anchor may be given again further down; an alias means the one before it. An alias in its own node means nothing. */
function anchorsOf(text: string, events: Event[], ends: Int32Array): Map<number, number> {
  const named = new Map<string, number>();
  const aliases = new Map<number, number>();
  for (const [i, event] of events.entries()) {
    if (!('anchorStart' in event) || event.anchorStart === -1) continue;
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
