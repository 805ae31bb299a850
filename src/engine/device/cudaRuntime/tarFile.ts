import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { inputKinds } from '../../../files/reading/inputKind.ts';
import { inputChunks } from '../../../files/reading/readInput.ts';

/*
 * Reads a gzipped tar file, as npm packs packages and ONNX Runtime its releases, entry by entry: names and contents of
 * regular files (POSIX.1-2017, pax "ustar"). Links and all else are passed over; nothing is written here.
 */

/** A regular file in a tar file. Its content must be read, or is passed over, before the next one comes. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  readonly content: AsyncIterable<Buffer>;
}

const block = 512;
/** Of a name or a pax header, far above real ones. */
const longestHeader = 1 << 16;
/** All of it unpacked: ONNX Runtime's have 0.8 GB. */
const mostBytes = 8e9;
const mostEntries = 100_000;
const chunkBytes = 1 << 20;

/** The bytes of a stream, as many at a time as are asked for. */
class Bytes {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);
  #total = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At most `most` bytes; none at the end. */
  async some(most: number): Promise<Buffer> {
    if (this.#held.length === 0) {
      const { value, done } = (await this.#source.next()) as IteratorResult<Buffer, undefined>;
      if (done || value === undefined) return Buffer.alloc(0);
      this.#total += value.length;
      if (this.#total > mostBytes) throw new Error('it unpacks to more than 8 GB');
      this.#held = value;
    }
    const taken = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  /** Exactly `count` bytes; none at the end. @throws Error where the end comes in between */
  async exactly(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let have = 0;
    while (have < count) {
      const part = await this.some(count - have);
      if (part.length === 0 && have === 0) return part;
      if (part.length === 0) throw new Error('it is cut short');
      parts.push(part);
      have += part.length;
    }
    return Buffer.concat(parts);
  }
}

const text = (bytes: Buffer) => bytes.toString('utf8', 0, bytes.indexOf(0) < 0 ? bytes.length : bytes.indexOf(0));

/** Octal digits, or from 8 GB on a binary number with its highest bit set. */
function numberIn(bytes: Buffer): number {
  if (bytes[0]! >= 0x80) return bytes.readUIntBE(bytes.length - 6, 6);
  const digits = text(bytes).trim();
  if (!/^[0-7]*$/.test(digits)) throw new Error('a size in it is no number');
  return Number.parseInt(digits === '' ? '0' : digits, 8);
}

function checkSum(header: Buffer): void {
  let sum = 0;
  for (let i = 0; i < block; i++) sum += i >= 148 && i < 156 ? 0x20 : header[i]!;
  if (sum !== Number.parseInt(text(header.subarray(148, 156)).trim(), 8))
    throw new Error('it is no tar file, or damaged');
}

/** Records of a pax header: `LENGTH NAME=VALUE\n`, the length that of the whole record. */
function paxRecords(bytes: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? 0 : Number(bytes.toString('latin1', at, space));
    if (!Number.isInteger(length) || length < 5 || at + length > bytes.length)
      throw new Error('a header in it is damaged');
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

/** Passes a name over that leads out of the archive. */
function checkName(name: string): void {
  if (name.startsWith('/') || name.split('/').includes('..'))
    throw new Error(`"${name.slice(0, 200)}" leads out of it`);
}

async function* entries(bytes: Bytes): AsyncGenerator<TarEntry> {
  let long: string | undefined;
  let records: ReadonlyMap<string, string> = new Map();
  for (let count = 0; ; count++) {
    if (count > mostEntries) throw new Error('it has too many entries');
    const header = await bytes.exactly(block);
    // Two blocks of zeros end it; some writers leave them out.
    if (header.length === 0 || header.every((byte) => byte === 0)) return;
    checkSum(header);
    const kind = String.fromCharCode(header[156]!);
    const prefix = text(header.subarray(345, 500));
    const short = text(header.subarray(0, 100));
    const own = prefix === '' || text(header.subarray(257, 263)) !== 'ustar' ? short : `${prefix}/${short}`;
    const paxSize = records.get('size');
    const size = paxSize === undefined ? numberIn(header.subarray(124, 136)) : Number(paxSize);
    if (!Number.isSafeInteger(size) || size < 0 || size > mostBytes) throw new Error('a size in it is absurd');
    let left = size;
    async function* content(): AsyncGenerator<Buffer> {
      while (left > 0) {
        const part = await bytes.some(left);
        if (part.length === 0) throw new Error('it is cut short');
        left -= part.length;
        yield part;
      }
    }
    if (kind === 'x' || kind === 'L') {
      if (size > longestHeader) throw new Error('a header in it is too long');
      const body = await bytes.exactly(size);
      left = 0;
      if (kind === 'x') records = paxRecords(body);
      else long = text(body);
    } else {
      const name = records.get('path') ?? long ?? own;
      checkName(name);
      if (kind === '0' || kind === '\0') yield { name, bytes: size, content: content() };
      for await (const _ of content());
      [long, records] = [undefined, new Map()];
    }
    await bytes.exactly((block - (size % block)) % block);
  }
}

/**
 * The regular files in a gzipped tar file.
 *
 * @throws Error where it is none, is damaged, or leads out of itself; InputError where it cannot be read
 */
export async function* tarEntries(path: string): AsyncGenerator<TarEntry> {
  const unzip = createGunzip();
  const chunks = Readable.from(inputChunks(path, inputKinds.package, chunkBytes));
  // Its error is met where the entries are read. Who has enough stops reading, and that is none.
  const feeding = pipeline(chunks, unzip).catch(() => undefined);
  try {
    yield* entries(new Bytes(unzip));
  } finally {
    unzip.destroy();
    await feeding;
  }
}
