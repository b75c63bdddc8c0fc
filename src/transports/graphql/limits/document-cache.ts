import type { DocumentNode } from 'graphql';

/** A syntax tree takes many times the memory of its text: about this many bytes a character of it. */
const bytesPerCharacter = 30;

/** Texts that were read, and their documents: forgets those that were not asked for the longest. Bounded by bytes. */
export class DocumentCache {
  private readonly entries = new Map<string, DocumentNode>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get(source: string): DocumentNode | undefined {
    const document = this.entries.get(source);
    if (document) {
      this.entries.delete(source);
      this.entries.set(source, document);
    }
    return document;
  }

  /** Does not keep a text that would crowd out many others. */
  set(source: string, document: DocumentNode): void {
    const bytes = sizeOf(source);
    if (bytes > this.maxBytes / 10 || this.entries.has(source)) return;
    this.entries.set(source, document);
    this.bytes += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.maxBytes) return;
      this.entries.delete(oldest);
      this.bytes -= sizeOf(oldest);
    }
  }

  get size(): { documents: number; bytes: number } {
    return { documents: this.entries.size, bytes: this.bytes };
  }
}

function sizeOf(source: string): number {
  return source.length * bytesPerCharacter;
}
