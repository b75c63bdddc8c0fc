const finalText = 0x81;
const maxShort = 125;
const maxMedium = 0xffff;

/**
 * A whole text message of a server, not masked and not compressed (RFC 6455, section 5.2), in one piece: a message that
 * goes to thousands of sockets is worth a system call of one buffer rather than two.
 */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length <= maxShort ? 2 : length <= maxMedium ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = finalText;
  if (header === 2) frame[1] = length;
  if (header === 4) {
    frame[1] = maxShort + 1;
    frame.writeUInt16BE(length, 2);
  }
  if (header === 10) {
    frame[1] = maxShort + 2;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, header);
  return frame;
}
