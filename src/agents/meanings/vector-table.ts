import { setImmediate } from 'node:timers/promises';
import type { CloseTool } from './meanings.js';

/** What others wait for in between is not held up for longer than a few milliseconds. */
const productsAtOnce = 4_000_000;

/** Vectors of one tenant's tools, all with as many numbers, in one array. */
export class VectorTable {
  /** The newest row that is in it. */
  version = 0n;
  private readonly places = new Map<string, number>();
  private numbers: Float32Array;

  constructor(
    readonly dimensions: number,
    capacity: number,
  ) {
    this.numbers = new Float32Array(capacity * dimensions);
  }

  get bytes(): number {
    return this.numbers.byteLength;
  }

  get size(): number {
    return this.places.size;
  }

  set(id: string, vector: Float32Array): void {
    const place = this.places.get(id) ?? this.places.size;
    this.places.set(id, place);
    const end = (place + 1) * this.dimensions;
    if (end > this.numbers.length) this.grow(end);
    this.numbers.set(vector, place * this.dimensions);
  }

  /** The tool is not found any more. */
  clear(id: string): void {
    if (this.places.has(id)) this.set(id, new Float32Array(this.dimensions));
  }

  /** Of all tools, or of `among`, those whose cosine with a vector is above 0, in no order. */
  async compare(vector: Float32Array, among: readonly string[] | null): Promise<CloseTool[]> {
    const { numbers, dimensions } = this;
    const found: CloseTool[] = [];
    const slice = Math.max(1, Math.floor(productsAtOnce / dimensions));
    let done = 0;
    for (const id of among ?? this.places.keys()) {
      const place = this.places.get(id);
      if (place === undefined) continue;
      const closeness = multiply(numbers, place * dimensions, vector);
      if (closeness > 0) found.push({ id, closeness });
      done += 1;
      if (done % slice === 0) await setImmediate();
    }
    return found;
  }

  private grow(needed: number): void {
    const grown = new Float32Array(Math.max(needed, Math.ceil(this.numbers.length * 1.5)));
    grown.set(this.numbers);
    this.numbers = grown;
  }
}

/** The product of a vector and the numbers from a place on: the cosine, where both have the length 1. */
export function multiply(numbers: Float32Array, from: number, vector: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < vector.length; at += 1) {
    sum += (numbers[from + at] ?? 0) * (vector[at] ?? 0);
  }
  return sum;
}

/** The `count` closest, the closest first; of those that are as close, in the order of their ids. */
export function takeClosest(tools: readonly CloseTool[], count: number): CloseTool[] {
  const sorted = Float64Array.from(tools, ({ closeness }) => closeness).sort();
  const least = sorted[sorted.length - count] ?? 0;
  return tools
    .filter(({ closeness }) => closeness >= least)
    .sort((a, b) => b.closeness - a.closeness || (a.id < b.id ? -1 : 1))
    .slice(0, count);
}
