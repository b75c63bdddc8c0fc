import { crc32, deflateRawSync } from 'node:zlib';

/** One entry of a zip archive, honest unless told otherwise. */
export type ZipEntry = {
  name: string | Buffer;
  content?: Buffer | string;
  isStored?: boolean;
  /** Unix mode with the file type, such as 0o120777. */
  mode?: number;
  method?: number;
  flags?: number;
  crc?: number;
  /** What the archive claims. */
  bytes?: number;
  packedBytes?: number;
  /** Instead of the deflated content. */
  packed?: Buffer;
  /** Points to the local header of an earlier entry. */
  sameAs?: number;
  isZip64?: boolean;
};

/** A zip archive (APPNOTE.TXT), written byte by byte so that it can lie. */
export function aZip(entries: readonly ZipEntry[], { claimed = entries.length } = {}): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { header, body, directory } = toRecords(entry);
    const start = entry.sameAs === undefined ? offset : (offsets[entry.sameAs] ?? 0);
    offsets.push(start);
    directory.writeUInt32LE(start, 42);
    central.push(directory);
    if (entry.sameAs !== undefined) continue;
    locals.push(header, body);
    offset += header.length + body.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(claimed, 0xfffe), 8);
  end.writeUInt16LE(Math.min(claimed, 0xfffe), 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function toRecords(entry: ZipEntry) {
  const { content = '', isStored = false, mode = 0o100644, flags = 0x800, isZip64 } = entry;
  const name = Buffer.from(entry.name);
  const raw = Buffer.from(content);
  const body = entry.packed ?? (isStored ? raw : deflateRawSync(raw));
  const bytes = entry.bytes ?? raw.length;
  const packedBytes = entry.packedBytes ?? body.length;
  const extra = isZip64 ? zip64Extra(bytes, packedBytes) : Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(isZip64 ? 45 : 20, 0);
  fields.writeUInt16LE(flags, 2);
  fields.writeUInt16LE(entry.method ?? (isStored ? 0 : 8), 4);
  fields.writeUInt32LE(entry.crc ?? crc32(raw), 10);
  fields.writeUInt32LE(isZip64 ? 0xffffffff : packedBytes, 14);
  fields.writeUInt32LE(isZip64 ? 0xffffffff : bytes, 18);
  fields.writeUInt16LE(name.length, 22);
  fields.writeUInt16LE(extra.length, 24);
  fields.copy(header, 4);
  const directory = Buffer.alloc(46);
  directory.writeUInt32LE(0x02014b50, 0);
  directory.writeUInt16LE((3 << 8) | 20, 4);
  fields.copy(directory, 6);
  directory.writeUInt32LE((mode << 16) >>> 0, 38);
  return {
    header: Buffer.concat([header, name, extra]),
    body,
    directory: Buffer.concat([directory, name, extra]),
  };
}

function zip64Extra(bytes: number, packedBytes: number): Buffer {
  const extra = Buffer.alloc(20);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(16, 2);
  extra.writeBigUInt64LE(BigInt(bytes), 4);
  extra.writeBigUInt64LE(BigInt(packedBytes), 12);
  return extra;
}

/** One entry of a tar archive; `type` is the flag of the header. */
export type TarEntry = {
  name: string;
  content?: Buffer | string;
  type?: string;
  link?: string;
  /** What the header claims. */
  bytes?: number;
  /** pax attributes of the entry. */
  pax?: Record<string, string>;
  /** The name goes into a GNU `L` entry. */
  isGnuLong?: boolean;
  checksum?: number;
};

/** A tar archive (POSIX ustar, with pax and GNU entries), written byte by byte so that it can lie. */
export function aTar(entries: readonly TarEntry[], { isEnded = true } = {}): Buffer {
  const blocks = entries.flatMap((entry) => {
    const { name, pax, isGnuLong } = entry;
    const before: Buffer[] = [];
    if (pax) before.push(...tarEntry({ name: 'PaxHeader', type: 'x', content: toPax(pax) }));
    if (isGnuLong) {
      before.push(...tarEntry({ name: '././@LongLink', type: 'L', content: `${name}\0` }));
    }
    const own = isGnuLong ? { ...entry, name: name.slice(0, 100) } : entry;
    return [...before, ...tarEntry(own)];
  });
  return Buffer.concat([...blocks, ...(isEnded ? [Buffer.alloc(1024)] : [])]);
}

function toPax(attributes: Record<string, string>): string {
  return Object.entries(attributes)
    .map(([key, value]) => {
      const rest = Buffer.byteLength(` ${key}=${value}\n`);
      let length = rest + String(rest).length;
      if (String(length).length > String(rest).length) length = rest + String(length).length;
      return `${length} ${key}=${value}\n`;
    })
    .join('');
}

function tarEntry({ name, content = '', type = '0', link = '', bytes, checksum }: TarEntry) {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${(bytes ?? body.length).toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257);
  const sum = checksum ?? header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (body.length % 512)) % 512);
  return [header, body, padding];
}

/** SKILL.md of a small skill. */
export function aSkillText(name: string, fields: Record<string, unknown> = {}, body = `# ${name}`) {
  const lines = Object.entries({ name, description: `About ${name}.`, ...fields }).map(
    ([key, value]) => `${key}: ${JSON.stringify(value)}`,
  );
  return `---\n${lines.join('\n')}\n---\n${body}\n`;
}

/** A sound archive of a small skill. */
export function aSkillZip(
  name: string,
  fields: Record<string, unknown> = {},
  files: Record<string, string | Buffer> = {},
): Buffer {
  return aZip([
    { name: 'SKILL.md', content: aSkillText(name, fields) },
    ...Object.entries(files).map(([path, content]) => ({ name: path, content })),
  ]);
}
