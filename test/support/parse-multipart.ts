export type ReceivedPart = {
  name: string;
  fileName: string | null;
  contentType: string | null;
  /** The other header lines. */
  headers: string[];
  content: Buffer;
};

/** Reads a multipart body (RFC 2046 section 5.1.1) strictly; throws where it is not one. */
export function parseMultipart(body: Buffer, contentType: string): ReceivedPart[] {
  const boundary = /;\s*boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error(`no boundary in ${contentType}`);
  const parts: ReceivedPart[] = [];
  let at = expectText(body, 0, `--${boundary}`);
  while (body.subarray(at, at + 2).toString() !== '--') {
    at = expectText(body, at, '\r\n');
    const end = body.indexOf(`\r\n--${boundary}`, at);
    if (end < 0) throw new Error('a part does not end');
    parts.push(readPart(body.subarray(at, end)));
    at = end + boundary.length + 4;
  }
  if (body.subarray(at).toString() !== '--\r\n') throw new Error('the body goes on after its end');
  return parts;
}

function expectText(body: Buffer, at: number, text: string): number {
  const found = body.subarray(at, at + text.length).toString('latin1');
  if (found !== text) throw new Error(`expected ${JSON.stringify(text)}, found ${found}`);
  return at + text.length;
}

function readPart(bytes: Buffer): ReceivedPart {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) throw new Error('a part has no end of headers');
  const headers = bytes.subarray(0, end).toString().split('\r\n');
  const disposition = headers.find((line) => /^content-disposition: form-data;/i.test(line)) ?? '';
  const name = /; name="([^"]*)"/.exec(disposition)?.[1];
  if (name === undefined) throw new Error('a part has no name');
  const fileName = /; filename="([^"]*)"/.exec(disposition)?.[1];
  const type = headers.find((line) => /^content-type:/i.test(line));
  return {
    name: unquoted(name),
    fileName: fileName === undefined ? null : unquoted(fileName),
    contentType: type === undefined ? null : type.slice(type.indexOf(':') + 1).trim(),
    headers: headers.filter((line) => line !== disposition && line !== type),
    content: bytes.subarray(end + 4),
  };
}

function unquoted(text: string): string {
  return text.replace(/%(22|0D|0A|00)/g, (triple) => decodeURIComponent(triple));
}
