import { createHash } from 'node:crypto';
import { chmodSync, closeSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/* Cuts the archive into numbered pieces, for where a whole one does not pass, with a script that joins them. */

const chunkBytes = 2 ** 20;

/** Joins the pieces beside it, checks them, and unpacks the archive there. */
const joinScript = (name: string, sha256: string, pieces: number) => `#!/bin/sh
# Joins the ${pieces} pieces of the GPU bench beside this file, checks them, and unpacks them here: sh join.sh
set -e
cd "$(dirname "$0")"
cat ${name}.[0-9][0-9] > ${name}
echo "${sha256}  ${name}" | sha256sum -c -
tar -xJf ${name}
echo "Unpacked; now: cd rejuvenation-gpu-bench && ./run.sh --help"
`;

/**
 * Cuts a file into `NAME.01`, `NAME.02` and so on, none longer than `most` bytes, with `join.sh` beside them.
 *
 * @returns the pieces' paths
 * @throws where there would be more than 99
 */
export function cutIntoPieces(path: string, most: number): readonly string[] {
  const { size } = statSync(path);
  const count = Math.ceil(size / most);
  if (count > 99) throw new Error(`${count} pieces are too many: give --split a larger size.`);
  const hash = createHash('sha256');
  const input = openSync(path, 'r');
  const pieces: string[] = [];
  const chunk = new Uint8Array(chunkBytes);
  for (let piece = 1; piece <= count; piece++) {
    const name = `${path}.${String(piece).padStart(2, '0')}`;
    const parts: Buffer[] = [];
    for (let left = Math.min(most, size - (piece - 1) * most); left > 0; ) {
      const read = readSync(input, chunk, 0, Math.min(left, chunkBytes), null);
      if (read === 0) throw new Error(`${path} was cut short meanwhile.`);
      const part = Buffer.from(chunk.subarray(0, read));
      hash.update(part);
      parts.push(part);
      left -= read;
    }
    writeFileSync(name, Buffer.concat(parts));
    pieces.push(name);
  }
  closeSync(input);
  const script = join(dirname(path), 'join.sh');
  writeFileSync(script, joinScript(basename(path), hash.digest('hex'), count));
  chmodSync(script, 0o755);
  rmSync(path);
  return pieces;
}
