/*
 * Makes tiny shared libraries that the system's loader opens: one segment with the headers, the names and the dynamic
 * section, and neither code nor symbols (System V ABI). They stand in for CUDA's libraries and for its provider.
 */

export interface MadeElf {
  readonly soname?: string;
  readonly needed?: readonly string[];
  /** Put after the rest, between zeros: a version, as a provider has it. */
  readonly text?: string;
  /** ELF's number: 62 is x64, 183 arm64. */
  readonly machine?: number;
  /** 3: a shared library, 2: a program. */
  readonly kind?: number;
  /** Zeros at the end. */
  readonly padding?: number;
}

const headerBytes = 64;
const segmentBytes = 56;
const tags = { needed: 1, strings: 5, symbols: 6, stringBytes: 10, symbolBytes: 11, soname: 14 };

/** Where in a made library its parts begin, for tests that damage them. */
export const madeParts = { segments: headerBytes, names: headerBytes + 2 * segmentBytes } as const;

/** The bytes of a library. */
export function madeElf({ soname, needed = [], text = '', machine = 62, kind = 3, padding = 0 }: MadeElf = {}): Buffer {
  const names = Buffer.from(
    `\0${[...(soname === undefined ? [] : [soname]), ...needed].map((name) => `${name}\0`).join('')}`,
  );
  const nameOf = (name: string) => BigInt(names.indexOf(`\0${name}\0`) + 1);
  const stringsAt = madeParts.names;
  const symbolsAt = Math.ceil((stringsAt + names.length) / 8) * 8;
  const dynamicAt = symbolsAt + 24;
  const entries: (readonly [tag: number, value: bigint])[] = [
    ...needed.map((name) => [tags.needed, nameOf(name)] as const),
    ...(soname === undefined ? [] : [[tags.soname, nameOf(soname)] as const]),
    [tags.strings, BigInt(stringsAt)],
    [tags.stringBytes, BigInt(names.length)],
    [tags.symbols, BigInt(symbolsAt)],
    [tags.symbolBytes, 24n],
    [0, 0n],
  ];
  const tail = Buffer.from(`\0${text}\0`);
  const textAt = dynamicAt + entries.length * 16;
  const bytes = Buffer.alloc(textAt + tail.length + padding);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(kind, 16);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(BigInt(headerBytes), 32);
  bytes.writeUInt16LE(headerBytes, 52);
  bytes.writeUInt16LE(segmentBytes, 54);
  bytes.writeUInt16LE(2, 56);
  const segment = (index: number, type: number, at: number, length: number, align: number) => {
    const place = headerBytes + index * segmentBytes;
    bytes.writeUInt32LE(type, place);
    // Readable and writable.
    bytes.writeUInt32LE(6, place + 4);
    for (const field of [8, 16, 24]) bytes.writeBigUInt64LE(BigInt(at), place + field);
    for (const field of [32, 40]) bytes.writeBigUInt64LE(BigInt(length), place + field);
    bytes.writeBigUInt64LE(BigInt(align), place + 48);
  };
  segment(0, 1, 0, bytes.length, 4096);
  segment(1, 2, dynamicAt, entries.length * 16, 8);
  bytes.set(names, stringsAt);
  for (const [i, [tag, value]] of entries.entries()) {
    bytes.writeBigInt64LE(BigInt(tag), dynamicAt + 16 * i);
    bytes.writeBigUInt64LE(value, dynamicAt + 16 * i + 8);
  }
  bytes.set(tail, textAt);
  return bytes;
}
