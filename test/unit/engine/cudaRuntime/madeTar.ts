import { gzipSync } from 'node:zlib';

/* Makes gzipped tar files, right ones and wrong ones. */

export interface MadeEntry {
  readonly name: string;
  readonly content?: Buffer;
  /** `0` a file, `2` a symbolic link, `5` a folder, `x` a pax header, `L` a long name. */
  readonly kind?: string;
  /** Stated instead of the content's own. */
  readonly bytes?: number | string;
  readonly prefix?: string;
}

/** One entry: its header and its content, filled up to whole blocks. */
export function tarEntry({
  name,
  content = Buffer.alloc(0),
  kind = '0',
  bytes = content.length,
  prefix = '',
}: MadeEntry): Buffer {
  const header = Buffer.alloc(512);
  header.write(name.slice(0, 100), 0);
  header.write('0000644\0', 100);
  header.write(typeof bytes === 'string' ? bytes : `${bytes.toString(8).padStart(11, '0')}\0`, 124);
  header.write(kind, 156);
  header.write('ustar\x0000', 257);
  header.write(prefix, 345);
  header.write('        ', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A pax header that names the entry after it. */
export function paxEntry(name: string, value: string): MadeEntry {
  const rest = ` ${name}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}${rest}`.length !== length) length++;
  return { name: 'pax', kind: 'x', content: Buffer.from(`${length}${rest}`) };
}

export const tarball = (entries: readonly MadeEntry[], end: Buffer = Buffer.alloc(1024)) =>
  gzipSync(Buffer.concat([...entries.map(tarEntry), end]));
