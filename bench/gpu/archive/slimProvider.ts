/*
 * Makes a CUDA provider small to carry: empties the code of every GPU architecture but some. Nothing moves, so the library loads
 * as before, and zeros compress to nothing; it runs on GPUs of those architectures alone. For the bench's archive, not for users.
 *
 * Code for GPUs lies in containers ("fatbins") that begin with a magic number: a header of 16 bytes, then entries, each with
 * its kind (1 PTX, 2 machine code), the sizes of its header and of what follows, and the architecture (90: Hopper).
 */

const magic = Buffer.from([0x50, 0xed, 0x55, 0xba]);
const headerBytes = 16;
const machineCode = 2;
/** An entry's header has 64 or 80 bytes so far. */
const mostHeader = 512;
const leastHeader = 32;

interface Entry {
  readonly kept: boolean;
  readonly begin: number;
  readonly end: number;
}

/** The entries of a container that begins at a place; undefined where it is none. */
function entriesAt(
  bytes: Buffer,
  at: number,
  keep: ReadonlySet<number>,
): { readonly entries: readonly Entry[]; readonly end: number } | undefined {
  if (at + headerBytes > bytes.length) return undefined;
  const size = bytes.readBigUInt64LE(at + 8);
  if (bytes.readUInt16LE(at + 4) !== 1 || bytes.readUInt16LE(at + 6) !== headerBytes) return undefined;
  if (size > BigInt(bytes.length - at - headerBytes)) return undefined;
  const end = at + headerBytes + Number(size);
  const entries: Entry[] = [];
  for (let entry = at + headerBytes; entry < end; ) {
    if (entry + leastHeader > end)
      throw new Error(`a container of GPU code ends in the middle of an entry, at byte ${entry}`);
    const header = bytes.readUInt32LE(entry + 4);
    const payload = bytes.readBigUInt64LE(entry + 8);
    const begin = entry + header;
    if (header < leastHeader || header > mostHeader || payload > BigInt(end - begin)) {
      throw new Error(`an entry of GPU code is of an unknown form, at byte ${entry}`);
    }
    const kept = bytes.readUInt16LE(entry) === machineCode && keep.has(bytes.readUInt32LE(entry + 28));
    entries.push({ kept, begin, end: begin + Number(payload) });
    entry = begin + Number(payload);
  }
  return { entries, end };
}

/**
 * Empties, in place, the code of all architectures but some. A container that has none of these stays whole.
 *
 * @returns bytes of code that are left in the containers it changed
 * @throws where nothing is for these architectures, or the code is of an unknown form
 */
export function slimProvider(bytes: Buffer, keep: ReadonlySet<number>): number {
  let left = 0;
  for (let at = bytes.indexOf(magic); at >= 0; ) {
    const container = entriesAt(bytes, at, keep);
    if (container?.entries.some(({ kept }) => kept)) {
      for (const { kept, begin, end } of container.entries) {
        if (kept) left += end - begin;
        else bytes.fill(0, begin, end);
      }
    }
    at = bytes.indexOf(magic, container?.end ?? at + magic.length);
  }
  if (left === 0) throw new Error(`it has no code for GPUs of architecture ${[...keep].join(' or ')}`);
  return left;
}
