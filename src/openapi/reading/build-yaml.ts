import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { isStorable, tooDeep, toPointer, toStorable, warnReservedKey } from './inspect-json.js';
import type { LineIndex } from './line-index.js';
import { type ProblemList, quoteKey, ReadRefusal, refusal } from './read-problem.js';
import { knownCollectionTags, resolvePlain, resolveTagged } from './yaml-scalar.js';

export type BuildOptions = {
  text: string;
  lineAt: LineIndex;
  maxDepth: number;
  /** Bound on the nodes of the result, counted as if every alias were written out. */
  maxNodes: number;
  problems: ProblemList;
};

/** What an anchor names. `isOpen` while its own content is being read: an alias there would be a cycle. */
type Anchored = { value: unknown; nodes: number; height: number; isOpen: boolean };

type Members = Record<string, unknown>;

type Frame = {
  list: unknown[] | null;
  members: Members | null;
  /** The member name that waits for its value. */
  key: string | null;
  keyOffset: number;
  isMerge: boolean;
  /** Names that came from `<<` and may still be set by the mapping itself. */
  merged: Set<string> | null;
  nodes: number;
  height: number;
  anchor: Anchored | null;
  offset: number;
};

const absent = -1;

/**
 * Builds plain data from the events of one document, starting after its DOCUMENT event; `end` is the index after its
 * last event. Throws ReadRefusal when the document expands or nests too far.
 */
export function buildYaml(
  events: Event[],
  start: number,
  options: BuildOptions,
): { value: unknown; end: number } {
  return new YamlBuilder(options).build(events, start);
}

class YamlBuilder {
  private readonly frames: Frame[] = [];
  private readonly anchors = new Map<string, Anchored>();
  private readonly unknownTags = new Set<string>();
  private root: unknown = null;
  private top: Frame | null = null;

  constructor(private readonly options: BuildOptions) {}

  build(events: Event[], start: number): { value: unknown; end: number } {
    for (let i = start; i < events.length; i += 1) {
      const event = events[i] as Event;
      switch (event.type) {
        case EVENT_ID.SCALAR:
          this.addScalar(event);
          break;
        case EVENT_ID.MAPPING:
        case EVENT_ID.SEQUENCE:
          this.open(event);
          break;
        case EVENT_ID.ALIAS:
          this.addAlias(event.anchorStart, event.anchorEnd);
          break;
        case EVENT_ID.POP:
          if (this.top === null) return { value: this.root, end: i + 1 };
          this.close(this.top);
          break;
        case EVENT_ID.DOCUMENT:
          return { value: this.root, end: i };
      }
    }
    return { value: this.root, end: events.length };
  }

  private addScalar(event: ScalarEvent): void {
    const { text } = this.options;
    let source = event.fast
      ? text.slice(event.valueStart, event.valueEnd)
      : getScalarValue(text, event);
    if (!isStorable(source)) {
      source = toStorable(this.options.problems, source, this.pointer(), this.line(event));
    }
    const top = this.top;
    const isKey = top !== null && top.members !== null && top.key === null;
    const value = isKey ? source : this.scalarValue(event, source);
    if (event.anchorStart !== absent) {
      this.anchors.set(text.slice(event.anchorStart, event.anchorEnd), {
        value: isKey ? this.scalarValue(event, source) : value,
        nodes: 1,
        height: 0,
        isOpen: false,
      });
    }
    if (isKey) {
      top.key = source;
      top.keyOffset = event.valueStart === absent ? top.offset : event.valueStart;
      top.isMerge =
        source === '<<' && event.style === SCALAR_STYLE.PLAIN && event.tagStart === absent;
    } else this.add(value, 1, 0);
  }

  private scalarValue(event: ScalarEvent, source: string): unknown {
    if (event.tagStart === absent) {
      return event.style === SCALAR_STYLE.PLAIN ? resolvePlain(source) : source;
    }
    const tag = this.fullTag(event.tagStart, event.tagEnd);
    const resolved = resolveTagged(tag, source);
    if (resolved !== null) return resolved.value;
    this.warnTag(tag, event.tagStart);
    return event.style === SCALAR_STYLE.PLAIN ? resolvePlain(source) : source;
  }

  private open(event: {
    type: number;
    start: number;
    anchorStart: number;
    anchorEnd: number;
    tagStart: number;
    tagEnd: number;
  }): void {
    if (event.tagStart !== absent) {
      const tag = this.fullTag(event.tagStart, event.tagEnd);
      if (tag !== '!' && !knownCollectionTags.has(tag)) this.warnTag(tag, event.tagStart);
    }
    const isList = event.type === EVENT_ID.SEQUENCE;
    const list = isList ? [] : null;
    const members = isList ? null : {};
    let anchor: Anchored | null = null;
    if (event.anchorStart !== absent) {
      anchor = { value: list ?? members, nodes: 0, height: 0, isOpen: true };
      this.anchors.set(this.options.text.slice(event.anchorStart, event.anchorEnd), anchor);
    }
    const offset = event.start;
    const frame: Frame = {
      list,
      members,
      key: null,
      keyOffset: offset,
      isMerge: false,
      merged: null,
      nodes: 1,
      height: 0,
      anchor,
      offset,
    };
    this.frames.push(frame);
    this.top = frame;
    if (this.frames.length > this.options.maxDepth) this.refuseDepth(offset);
  }

  private close(frame: Frame): void {
    this.frames.pop();
    this.top = this.frames[this.frames.length - 1] ?? null;
    if (frame.anchor !== null) {
      frame.anchor.nodes = frame.nodes;
      frame.anchor.height = frame.height + 1;
      frame.anchor.isOpen = false;
    }
    this.add(frame.list ?? frame.members, frame.nodes, frame.height + 1);
  }

  private addAlias(start: number, end: number): void {
    const name = this.options.text.slice(start, end);
    const anchor = this.anchors.get(name);
    if (anchor === undefined || anchor.isOpen) {
      const why =
        anchor === undefined
          ? 'names an anchor that does not exist before it'
          : 'stands inside the node that it names, which would never end';
      this.warn(
        anchor === undefined ? 'UNKNOWN_ALIAS' : 'CYCLIC_ALIAS',
        `The alias ${quoteKey(`*${name}`)} ${why}; it is read as null.`,
        start,
      );
      this.add(null, 1, 0);
      return;
    }
    if (this.frames.length + anchor.height > this.options.maxDepth) this.refuseDepth(start);
    this.add(anchor.value, anchor.nodes, anchor.height);
  }

  private add(value: unknown, nodes: number, height: number): void {
    const top = this.top;
    if (top === null) {
      this.root = value;
      return;
    }
    top.nodes += nodes;
    if (top.nodes > this.options.maxNodes) this.refuseExpansion(top.offset);
    if (height > top.height) top.height = height;
    if (top.list !== null) top.list.push(value);
    else if (top.key === null) this.setComplexKey(top, value, nodes);
    else this.setMember(top, top.members as Members, top.key, value);
  }

  private setMember(frame: Frame, members: Members, key: string, value: unknown): void {
    if (frame.isMerge && this.merge(frame, members, value)) {
      frame.key = null;
      return;
    }
    if (key === '__proto__') {
      warnReservedKey(this.options.problems, this.pointer(), this.lineAt(frame.keyOffset));
      frame.key = null;
      return;
    }
    if (members[key] !== undefined && Object.hasOwn(members, key) && !frame.merged?.delete(key)) {
      this.warn(
        'DUPLICATE_KEY',
        `The key ${quoteKey(key)} is given more than once; the last one counts.`,
        frame.keyOffset,
      );
    }
    members[key] = value;
    frame.key = null;
  }

  /** Merge keys (the `merge` type of YAML 1.1): the mapping's own members win, then earlier sources. */
  private merge(frame: Frame, members: Members, value: unknown): boolean {
    const sources = Array.isArray(value) ? (value as unknown[]) : [value];
    if (!sources.every(isMapping)) return false;
    frame.merged ??= new Set();
    for (const source of sources) {
      for (const key of Object.keys(source)) {
        if (Object.hasOwn(members, key)) continue;
        members[key] = source[key];
        frame.merged.add(key);
      }
    }
    return true;
  }

  private setComplexKey(frame: Frame, value: unknown, nodes: number): void {
    const isCollection = typeof value === 'object' && value !== null;
    const isShort = nodes <= 50;
    frame.key = isCollection ? (isShort ? JSON.stringify(value) : '[collection]') : String(value);
    frame.keyOffset = frame.offset;
    frame.isMerge = false;
    if (!isCollection) return;
    this.warn(
      'COMPLEX_KEY',
      `A mapping uses a collection as a key, which JSON cannot; it is read as ${quoteKey(frame.key)}. Text in braces needs quotes.`,
      frame.offset,
    );
  }

  private fullTag(start: number, end: number): string {
    const tag = this.options.text.slice(start, end);
    if (tag.startsWith('!<')) return tag.slice(2, -1);
    return tag.startsWith('!!') ? `tag:yaml.org,2002:${tag.slice(2)}` : tag;
  }

  private warnTag(tag: string, offset: number): void {
    if (this.unknownTags.has(tag)) return;
    this.unknownTags.add(tag);
    this.warn(
      'UNKNOWN_TAG',
      `The tag ${quoteKey(tag)} is not known or does not fit its value; it is ignored.`,
      offset,
    );
  }

  private warn(code: string, message: string, offset: number): void {
    this.options.problems.warn(code, message, this.pointer(), this.lineAt(offset));
  }

  private line(event: ScalarEvent): number | null {
    return event.valueStart === absent ? null : this.lineAt(event.valueStart);
  }

  private lineAt(offset: number): number {
    return this.options.lineAt(offset);
  }

  /** Of the node that is read now. */
  private pointer(): string {
    const path = this.frames.map((frame) => frame.list?.length ?? frame.key);
    return toPointer(path.filter((step) => step !== null));
  }

  private refuseDepth(offset: number): never {
    throw new ReadRefusal(tooDeep(this.options.maxDepth, this.lineAt(offset)));
  }

  private refuseExpansion(offset: number): never {
    throw new ReadRefusal(
      refusal(
        'TOO_MANY_NODES',
        `With its aliases written out the document would hold more than ${this.options.maxNodes} values, far more than its size explains.`,
        this.lineAt(offset),
      ),
    );
  }
}

function isMapping(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
