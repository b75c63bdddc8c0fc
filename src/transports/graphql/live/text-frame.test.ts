import { expect, it } from 'vitest';
import { textFrame } from './text-frame.js';

it.each([
  ['an empty message', '', [0x81, 0]],
  ['125 bytes', 'a'.repeat(125), [0x81, 125]],
  ['126 bytes', 'a'.repeat(126), [0x81, 126, 0, 126]],
  ['bytes, not characters', 'ä€😀'.repeat(14), [0x81, 126, 0, 126]],
  ['65535 bytes', 'a'.repeat(65_535), [0x81, 126, 0xff, 0xff]],
  ['65536 bytes', 'a'.repeat(65_536), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
])('frames %s as RFC 6455, section 5.2 says', (_, text, header) => {
  const frame = textFrame(text);
  expect([...frame.subarray(0, header.length)]).toEqual(header);
  expect(frame.toString('utf8', header.length)).toBe(text);
});
