import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { PromptRollouts } from '../../readiness/rollout.ts';
import { AppendedFile } from '../resume/appendedFile.ts';
import { decodeRollouts, encodeRollouts } from './rolloutPayload.ts';

/*
 * The finished prompts of one checkpoint at one temperature, appended as they come. A line is the CRC-32 of what follows in eight
 * hexadecimal digits, a space, and the prompt's rollouts as rolloutPayload.ts has them. What follows the last whole line is a
 * torn write of a run that was killed, and is cut off.
 */

function encode(done: PromptRollouts): Buffer {
  const json = encodeRollouts(done);
  return Buffer.from(`${crc32(json).toString(16).padStart(8, '0')} ${json}\n`);
}

/** @param line without its end */
function decode(line: Buffer): PromptRollouts | undefined {
  const json = line.subarray(9);
  if (line.length < 10 || line.toString('latin1', 0, 8) !== crc32(json).toString(16).padStart(8, '0')) return undefined;
  return decodeRollouts(json);
}

/** Read at once. */
const chunkBytes = 2 ** 20;
/** Longest line that is taken for one: many thousand long answers. */
const longestLine = 2 ** 29;

/** Where in the folder of an unfinished run the log of some work lies: other work has another name. */
export function logName(identity: unknown): string {
  return `${createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 24)}.rollouts`;
}

/** Names that {@link logName} gives. */
export const logNames = /^[0-9a-f]{24}\.rollouts$/;

export class RolloutLog {
  readonly #file: AppendedFile;

  /** @throws InputError when the file cannot be read or written */
  constructor(path: string) {
    this.#file = new AppendedFile(path);
  }

  /**
   * The prompts that an earlier run finished, each once, one after the other so that few are held. To be gone through before anything
   * is appended; what follows the last whole line is cut off then.
   *
   * @throws InputError when the file cannot be read or written
   */
  *restored(): Generator<PromptRollouts> {
    const seen = new Set<number>();
    let end = 0;
    for (const line of this.#lines()) {
      const found = decode(line);
      if (found === undefined || seen.has(found.prompt)) break;
      seen.add(found.prompt);
      end += line.length + 1;
      yield found;
    }
    this.#file.cutAt(end);
  }

  *#lines(): Generator<Buffer> {
    let held = Buffer.alloc(0);
    for (const piece of this.#file.pieces(chunkBytes)) {
      held = Buffer.concat([held, piece]);
      for (let end = held.indexOf(10); end >= 0; end = held.indexOf(10)) {
        yield held.subarray(0, end);
        held = held.subarray(end + 1);
      }
      if (held.length >= longestLine) return;
    }
  }

  /** Appends a finished prompt, at once, so that a killed run keeps it. @throws InputError when the disk is full */
  append(done: PromptRollouts): void {
    this.#file.append(encode(done));
  }

  /** Makes what was appended durable. Once closed, closing again does nothing. @throws InputError when the disk fails */
  close(): void {
    this.#file.close();
  }
}
