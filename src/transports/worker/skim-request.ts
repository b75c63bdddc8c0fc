import { Buffer, isUtf8 } from 'node:buffer';

/** What is known of a payload before any of it is built; texts are empty where they were not found. */
export type Skimmed = {
  replyTo: string;
  correlationId: string;
  traceId: string;
  /** Of `tool_args` as they lie there. */
  argumentBytes: number;
  /** Levels of the deepest member. */
  depth: number;
  /** What is wrong with the bytes, as the end of a sentence; null: they are one map, whole. */
  problem: string | null;
};

const maxText = 1000;
/** Nobody goes on from there. */
const maxDepth = 200_000;

/**
 * Reads of a msgpack map what an answer needs (`reply_to`, `correlation_id`, `ctx.trace_id`), and its measures, without
 * building anything: a payload may be truncated, too large or too deep and its sender still gets an answer. What says to
 * hold more than its bytes can is found here, before anybody allocates for it. Never throws.
 */
export function skimRequest(bytes: Uint8Array): Skimmed {
  const skimmed: Skimmed = {
    ...{ replyTo: '', correlationId: '', traceId: '' },
    ...{ argumentBytes: 0, depth: 0, problem: null },
  };
  const reader = new Skimmer(bytes);
  try {
    if (!reader.eachMember((key) => skimMember(reader, key, skimmed)))
      skimmed.problem = 'is not a map';
    else if (!reader.isAtEnd) skimmed.problem = 'goes on after its end';
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    skimmed.problem = error instanceof Malformed ? error.message : 'ends too early';
  }
  skimmed.depth = reader.depth;
  return skimmed;
}

function skimMember(reader: Skimmer, key: string | null, skimmed: Skimmed): void {
  if (key === 'reply_to') skimmed.replyTo = reader.text();
  else if (key === 'correlation_id') skimmed.correlationId = reader.text();
  else if (key === 'tool_args') skimmed.argumentBytes = reader.skip();
  else if (key !== 'ctx') reader.skip();
  else {
    const isMap = reader.eachMember((name) => {
      if (name === 'trace_id') skimmed.traceId = reader.text();
      else reader.skip();
    });
    if (!isMap) reader.skip();
  }
}

class Malformed extends RangeError {}

/** How a value begins: bytes of its own that follow, and values that it holds. */
type Head = { kind: 'map' | 'list' | 'text' | 'other'; bytes: number; items: number };

/** Walks over msgpack values; ends with RangeError where the bytes do. */
class Skimmer {
  depth = 0;
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.byteLength;
  }

  /** Calls back with each key, null for one that is no text; the callback reads the value. False: no map comes next. */
  eachMember(onKey: (key: string | null) => void): boolean {
    const start = this.at;
    const head = this.head();
    if (head.kind !== 'map') {
      this.at = start;
      return false;
    }
    for (let left = head.items; left > 0; left -= 2) onKey(this.textOrNull());
    return true;
  }

  /** The text that comes next, empty for anything else. */
  text(): string {
    return this.textOrNull() ?? '';
  }

  /** Goes past the next value; how many bytes it had. */
  skip(): number {
    const start = this.at;
    /** Values that each open map or list still has to come. */
    const open = [1];
    while (open.length > 0) {
      const level = open.length - 1;
      const left = open[level] ?? 0;
      if (left === 0) {
        open.pop();
        continue;
      }
      open[level] = left - 1;
      const { kind, bytes, items } = this.head();
      if (kind === 'text') this.takeText(bytes);
      else this.advance(bytes);
      if (kind === 'map' || kind === 'list') open.push(items);
      this.depth = Math.max(this.depth, open.length - 1);
      if (this.depth > maxDepth) throw new Malformed('is nested too deeply');
    }
    return this.at - start;
  }

  private textOrNull(): string | null {
    const start = this.at;
    const { kind, bytes } = this.head();
    if (kind !== 'text' || bytes > maxText) {
      this.at = start;
      this.skip();
      return null;
    }
    return this.takeText(bytes).toString('utf8');
  }

  /** By the table "Formats" of the msgpack specification. */
  private head(): Head {
    const first = this.view.getUint8(this.at);
    this.at += 1;
    if (first <= 0x7f || first >= 0xe0) return scalar(0);
    if (first <= 0x8f) return { kind: 'map', bytes: 0, items: 2 * (first & 0x0f) };
    if (first <= 0x9f) return { kind: 'list', bytes: 0, items: first & 0x0f };
    if (first <= 0xbf) return { kind: 'text', bytes: first & 0x1f, items: 0 };
    if (first === 0xc1) throw new Malformed('holds a byte that begins no value (0xc1)');
    if (first <= 0xc3) return scalar(0);
    if (first <= 0xc6) return scalar(this.length(1 << (first - 0xc4)));
    if (first <= 0xc9) return scalar(this.length(1 << (first - 0xc7)) + 1);
    if (first <= 0xd3) return scalar([4, 8, 1, 2, 4, 8, 1, 2, 4, 8][first - 0xca] ?? 0);
    if (first <= 0xd8) return scalar(1 + (1 << (first - 0xd4)));
    if (first <= 0xdb) return { kind: 'text', bytes: this.length(1 << (first - 0xd9)), items: 0 };
    if (first <= 0xdd) return { kind: 'list', bytes: 0, items: this.length(2 << (first - 0xdc)) };
    return { kind: 'map', bytes: 0, items: 2 * this.length(2 << (first - 0xde)) };
  }

  private length(size: number): number {
    const { at, view } = this;
    this.at += size;
    if (size === 1) return view.getUint8(at);
    return size === 2 ? view.getUint16(at) : view.getUint32(at);
  }

  private advance(count: number): void {
    this.at += count;
    if (this.at > this.bytes.byteLength) throw new RangeError('the bytes end here');
  }

  private takeText(count: number): Buffer {
    const from = this.at;
    this.advance(count);
    const text = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + from, count);
    if (!isUtf8(text)) throw new Malformed('holds a text that is not UTF-8');
    return text;
  }
}

function scalar(bytes: number): Head {
  return { kind: 'other', bytes, items: 0 };
}
