import { createHash } from 'node:crypto';
import { fstatSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { closeFile, syncFileNow, truncateFile, writeAll } from '../../files/writing/diskOperations.ts';
import { openOwnFile } from '../../files/writing/ownFile.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import type { PromptRollouts, Rollout } from '../../readiness/rollout.ts';

/*
 * The finished prompts of one checkpoint at one temperature, appended as they come. A line is the CRC-32 of what follows in eight
 * hexadecimal digits, a space, and the prompt's rollouts as JSON, arrays of numbers in base64. What follows the last whole line is a
 * torn write of a run that was killed, and is cut off.
 */

const floats = z.base64().nullable();
const lineSchema = z.strictObject({
  prompt: z.int().nonnegative(),
  rollouts: z
    .array(
      z.strictObject({
        text: z.string(),
        tokens: z.int().nonnegative().nullable(),
        stopped: z.boolean().nullable(),
        logProbabilities: floats,
        entropies: floats,
        reward: z.number().nullable(),
      }),
    )
    .min(1),
});
type Line = z.infer<typeof lineSchema>;

function packed(values: Float32Array | null): string | null {
  if (values === null) return null;
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

function unpacked(text: string | null): Float32Array | null {
  if (text === null) return null;
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer, 0, bytes.byteLength >> 2);
}

function encode({ prompt, rollouts }: PromptRollouts): Buffer {
  const line: Line = {
    prompt,
    rollouts: rollouts.map(({ text, tokens, stopped, logProbabilities, entropies, reward }) => ({
      text,
      tokens,
      stopped,
      logProbabilities: packed(logProbabilities),
      entropies: packed(entropies),
      reward,
    })),
  };
  const json = JSON.stringify(line);
  return Buffer.from(`${crc32(json).toString(16).padStart(8, '0')} ${json}\n`);
}

/** @param line without its end */
function decode(line: Buffer): PromptRollouts | undefined {
  const json = line.subarray(9);
  if (line.length < 10 || line.toString('latin1', 0, 8) !== crc32(json).toString(16).padStart(8, '0')) return undefined;
  try {
    const { prompt, rollouts } = lineSchema.parse(JSON.parse(json.toString('utf8')));
    return {
      prompt,
      rollouts: rollouts.map(
        (each): Rollout => ({
          ...each,
          logProbabilities: unpacked(each.logProbabilities),
          entropies: unpacked(each.entropies),
        }),
      ),
    };
  } catch {
    return undefined;
  }
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
  readonly #path: string;
  readonly #descriptor: number;
  #end = 0;
  #open = true;

  /** @throws InputError when the file cannot be read or written */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#descriptor = openOwnFile(path, true);
    } catch (error) {
      throw writeFault(error, path);
    }
  }

  /**
   * The prompts that an earlier run finished, each once, one after the other so that few are held. To be gone through before anything
   * is appended; what follows the last whole line is cut off then.
   *
   * @throws InputError when the file cannot be read or written
   */
  *restored(): Generator<PromptRollouts> {
    const seen = new Set<number>();
    try {
      for (const line of this.#lines()) {
        const found = decode(line);
        if (found === undefined || seen.has(found.prompt)) break;
        seen.add(found.prompt);
        this.#end += line.length + 1;
        yield found;
      }
      truncateFile(this.#descriptor, this.#end);
    } catch (error) {
      throw writeFault(error, this.#path);
    }
  }

  *#lines(): Generator<Buffer> {
    const size = fstatSync(this.#descriptor).size;
    let held = Buffer.alloc(0);
    for (let at = 0; at < size && held.length < longestLine; ) {
      const chunk = Buffer.alloc(Math.min(chunkBytes, size - at));
      const read = readSync(this.#descriptor, chunk, 0, chunk.length, at);
      if (read === 0) return;
      at += read;
      held = Buffer.concat([held, chunk.subarray(0, read)]);
      for (let end = held.indexOf(10); end >= 0; end = held.indexOf(10)) {
        yield held.subarray(0, end);
        held = held.subarray(end + 1);
      }
    }
  }

  /** Appends a finished prompt, at once, so that a killed run keeps it. @throws InputError when the disk is full */
  append(done: PromptRollouts): void {
    const bytes = encode(done);
    try {
      writeAll(this.#descriptor, bytes, this.#end);
    } catch (error) {
      throw writeFault(error, this.#path);
    }
    this.#end += bytes.length;
  }

  /** Makes what was appended durable. Once closed, closing again does nothing. @throws InputError when the disk fails */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      syncFileNow(this.#descriptor);
    } catch (error) {
      throw writeFault(error, this.#path);
    } finally {
      closeFile(this.#descriptor);
    }
  }
}
