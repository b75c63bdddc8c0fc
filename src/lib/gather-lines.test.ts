import { expect, it, vi } from 'vitest';
import { gatherLines } from './gather-lines.js';

function aSink() {
  const sink = {
    texts: [] as string[],
    flushes: 0,
    destroyed: false,
    write: (text: string) => sink.texts.push(text),
    flushSync: () => {
      sink.flushes += 1;
    },
  };
  return sink;
}

it('hands on what came together in one piece, in its order', async () => {
  const sink = aSink();
  const lines = gatherLines(sink, 1);
  for (const line of ['a\n', 'b\n', 'c\n']) lines.write(line);
  expect(sink.texts).toEqual([]);
  await vi.waitFor(() => expect(sink.texts).toEqual(['a\nb\nc\n']));
  lines.write('d\n');
  await vi.waitFor(() => expect(sink.texts).toEqual(['a\nb\nc\n', 'd\n']));
});

it('waits for no timer where much has come', () => {
  const sink = aSink();
  const lines = gatherLines(sink, 3_600_000);
  const line = `${'x'.repeat(20_000)}\n`;
  for (let count = 0; count < 4; count += 1) lines.write(line);
  expect(sink.texts).toEqual([line + line, line + line]);
});

it('hands on and flushes at once when it is told to', () => {
  const sink = aSink();
  const lines = gatherLines(sink, 3_600_000);
  lines.write('last\n');
  lines.flushSync();
  lines.flushSync();
  expect(sink).toMatchObject({ texts: ['last\n'], flushes: 2 });
});

it('writes nothing to what is closed', () => {
  const sink = aSink();
  const lines = gatherLines(sink, 3_600_000);
  lines.write('late\n');
  sink.destroyed = true;
  lines.flushSync();
  expect(sink).toMatchObject({ texts: [], flushes: 0 });
});
