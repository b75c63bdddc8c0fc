import { describe, expect, it } from 'vitest';
import { toToolResult } from './mcp-tool-result.js';

const text = (said: string) => ({ type: 'text', text: said });
const image = (bytes: number) => ({
  type: 'image',
  data: 'A'.repeat(bytes),
  mimeType: 'image/png',
});
/** What is said of a cut comes on top of the limit. */
const noteBytes = 500;

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

describe('an answer within the limit', () => {
  it('stays as it is', () => {
    const answer = { content: [text('a'), image(10)], structuredContent: { a: 1 }, isError: true };
    expect(toToolResult({ ...answer, meta: { b: 2 } }, 1000)).toEqual({
      ...answer,
      _meta: { b: 2 },
    });
  });

  it('has no structured content or metadata that it did not have', () => {
    expect(toToolResult({ content: [], isError: false }, 1000)).toEqual({
      ...{ content: [], isError: false },
    });
  });
});

describe('an answer beyond the limit', () => {
  it.each([
    ['text', [text('x'.repeat(5000))], 2],
    ['text that takes more bytes than letters', [text('🦊'.repeat(2000))], 2],
    ['text that is all escapes', [text('\n"'.repeat(2000))], 2],
    ['text of escapes behind plain text', [text(`${'x'.repeat(3000)}${'\u0001'.repeat(900)}`)], 2],
    ['an image, of which a part is of no use', [text('a'), image(5000), text('b')], 2],
    ['many small blocks', Array.from({ length: 500 }, (_, n) => text(`${n}`)), 38],
  ])('is cut: %s', (_what, content, blocks) => {
    const result = toToolResult({ content, isError: false }, 1000);
    expect(result).toMatchObject({ truncated: true, note: expect.stringContaining('bytes') });
    expect(sizeOf(result)).toBeLessThan(1000 + noteBytes);
    expect(result.content.at(-1)).toEqual(text(result.note ?? ''));
    expect(result.content).toHaveLength(blocks);
  });

  it('keeps as much of a text as there is room for, whole letters only', () => {
    const { content } = toToolResult({ content: [text('🦊'.repeat(2000))], isError: false }, 1000);
    const kept = String(content[0]?.text);
    expect(kept).toMatch(/^🦊+$/u);
    expect(Buffer.byteLength(kept)).toBeGreaterThan(800);
  });

  it('loses its structured content where that has no room, and only then', () => {
    const large = { rows: 'x'.repeat(2000) };
    const long = [text('x'.repeat(1200))];
    const answer = { content: [text('short')], structuredContent: large, isError: false };
    expect(toToolResult(answer, 1000)).not.toHaveProperty('structuredContent');
    const whole = toToolResult(
      { content: long, structuredContent: { a: 1 }, isError: false },
      1000,
    );
    expect(whole).not.toHaveProperty('structuredContent');
    const meta = { padding: 'x'.repeat(2000) };
    const kept = { content: [text('short')], structuredContent: { a: 1 }, isError: false, meta };
    expect(toToolResult(kept, 1000)).toMatchObject({
      structuredContent: { a: 1 },
      truncated: true,
    });
  });
});
