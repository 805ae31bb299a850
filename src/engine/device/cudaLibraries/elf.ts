import type { FileHandle } from 'node:fs/promises';
import { InputError } from '../../../errors.ts';
import { inputKinds } from '../../../files/reading/inputKind.ts';
import { readAt } from '../../../files/reading/readAt.ts';
import { withInput } from '../../../files/reading/readInput.ts';
import { quotedPath } from '../../../files/reading/shown.ts';

/*
 * Reads from a shared library of Linux on x64 which others it needs, without loading it. Of the file only the headers, the
 * dynamic section and the names are read (System V ABI, "Dynamic Linking"); a hostile one is refused, whatever it claims.
 */

/** What a library says of itself. */
export interface ElfLibrary {
  /** Names of the libraries that the loader must find with it, in its order: `libcublas.so.13`. */
  readonly needed: readonly string[];
  /** The name others need it by; undefined where it has none. */
  readonly soname: string | undefined;
}

const headerBytes = 64;
const segmentBytes = 56;
const entryBytes = 16;
const sharedObject = 3;
const x64 = 62;
const loaded = 1;
const dynamic = 2;
/** Real ones have about ten segments, and thirty entries of the dynamic section. */
const mostSegments = 512;
const mostEntries = 4096;
const mostNeeded = 256;
const longestName = 255;
/** Tags of the dynamic section. */
const tags = { end: 0, needed: 1, strings: 5, stringBytes: 10, soname: 14 } as const;

const machines: Readonly<Record<number, string>> = { 3: '32-bit x86', 40: 'arm', 62: 'x64', 183: 'arm64' };

/** Why a file is no library; a sentence is made of it where the path is known. */
class ElfFault extends Error {}

interface Segment {
  readonly kind: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

/** @throws ElfFault where the file ends before */
async function bytesAt(handle: FileHandle, offset: number, length: number): Promise<DataView> {
  const bytes = await readAt(handle, offset, length);
  if (bytes.length < length) throw new ElfFault('it is cut short');
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}

/** A 64-bit number that is to lie within a file. @throws ElfFault where it cannot */
function sizeAt(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ElfFault('its offsets lead out of the file');
  return Number(value);
}

async function segmentsOf(handle: FileHandle): Promise<readonly Segment[]> {
  const header = await bytesAt(handle, 0, headerBytes);
  if (header.getUint32(0) !== 0x7f454c46) throw new ElfFault('it does not begin as one');
  const machine = header.getUint16(18, true);
  // 64 bits, little endian.
  if (header.getUint8(4) !== 2 || header.getUint8(5) !== 1 || machine !== x64) {
    throw new ElfFault(`it is for another machine (${machines[machine] ?? `number ${machine}`})`);
  }
  if (header.getUint16(16, true) !== sharedObject) throw new ElfFault('it is no shared library');
  const count = header.getUint16(56, true);
  if (header.getUint16(54, true) !== segmentBytes || count === 0 || count > mostSegments) {
    throw new ElfFault('its header is damaged');
  }
  const table = await bytesAt(handle, sizeAt(header, 32), count * segmentBytes);
  return Array.from({ length: count }, (_, i) => {
    const at = i * segmentBytes;
    return {
      kind: table.getUint32(at, true),
      offset: sizeAt(table, at + 8),
      address: sizeAt(table, at + 16),
      bytes: sizeAt(table, at + 32),
    };
  });
}

async function nameAt(handle: FileHandle, offset: number, room: number): Promise<string> {
  const bytes = Buffer.from(await readAt(handle, offset, Math.min(room, longestName + 1)));
  const end = bytes.indexOf(0);
  const name = bytes.toString('latin1', 0, Math.max(end, 0));
  // A path would have the loader look there and nowhere else; no library of CUDA's is needed by one.
  if (!/^[\w.+-]+$/.test(name)) throw new ElfFault('a name in it is no name of a library');
  return name;
}

async function librariesOf(handle: FileHandle): Promise<ElfLibrary> {
  const segments = await segmentsOf(handle);
  const section = segments.find(({ kind }) => kind === dynamic);
  if (section === undefined) throw new ElfFault('it has no dynamic section');
  const count = Math.floor(section.bytes / entryBytes);
  if (count > mostEntries) throw new ElfFault('its dynamic section is too long');
  const entries = await bytesAt(handle, section.offset, count * entryBytes);
  const needed: number[] = [];
  const found = new Map<number, number>();
  for (let at = 0; at < count * entryBytes; at += entryBytes) {
    const tag = entries.getBigInt64(at, true);
    if (tag === BigInt(tags.end)) break;
    if (tag === BigInt(tags.needed)) needed.push(sizeAt(entries, at + 8));
    else if (tag > 0n && tag <= 14n) found.set(Number(tag), sizeAt(entries, at + 8));
  }
  if (needed.length > mostNeeded) throw new ElfFault('it needs too many libraries');
  const address = found.get(tags.strings);
  const bytes = found.get(tags.stringBytes);
  const home = segments.find(
    (each) =>
      each.kind === loaded && address !== undefined && address >= each.address && address < each.address + each.bytes,
  );
  if (address === undefined || bytes === undefined || home === undefined) throw new ElfFault('it has no names');
  const strings = home.offset + (address - home.address);
  const name = (offset: number) => {
    if (offset >= bytes) throw new ElfFault('its names lie outside of their table');
    return nameAt(handle, strings + offset, bytes - offset);
  };
  const names: string[] = [];
  for (const offset of needed) names.push(await name(offset));
  const soname = found.get(tags.soname);
  return { needed: names, soname: soname === undefined ? undefined : await name(soname) };
}

/**
 * Reads what a shared library needs.
 *
 * @throws InputError when it cannot be read, or is no shared library for Linux on x64
 * @throws ChangedInput when it was written to meanwhile
 */
export async function readElf(path: string): Promise<ElfLibrary> {
  try {
    return await withInput(path, inputKinds.library, librariesOf);
  } catch (error) {
    if (!(error instanceof ElfFault)) throw error;
    throw new InputError(`${quotedPath(path)} is no shared library for Linux on x64: ${error.message}.`);
  }
}
