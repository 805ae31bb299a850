import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { partialName } from '../../files/reading/partialName.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { parseStrictJson } from '../../files/reading/strictJson.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import type { CommittedFile } from '../commitOptions.ts';
import type { OutputShard } from '../outputShards.ts';

/*
 * A commit in parts: several processes write weight files of one checkpoint into one folder, each file with a receipt
 * beside it, and the last step takes them from there. The receipt appears after its file is whole, durable and read back.
 */

/** One of several parts of a commit, counted from 0. */
export interface CommitPart {
  readonly index: number;
  readonly count: number;
}

const receiptKind = { what: 'the receipt of a weight file', maxBytes: 100e3 };

const receiptSchema = z.object({
  schema: z.literal('rejuvenation-commit-file'),
  version: z.literal(1),
  /** SHA-256 of all that decides the file's bytes: alpha, dtype, reset set, inputs. */
  pins: z.string(),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Of a weight file's receipt. */
export const receiptName = (name: string): string => `${name}.receipt.json`;

const receiptPath = (folder: string, name: string) => join(folder, receiptName(name));

/** `commit-0003-of-0008.partial`: says that a part has written all its files. */
export function partName(part: CommitPart): string {
  return partialName({ phase: 'commit', ...part });
}

/**
 * Deals weight files to parts: neighbours, with about as many bytes a part. With more parts than files some have none.
 *
 * @returns the files of one part, in their order
 */
export function filesOfPart(shards: readonly OutputShard[], { index, count }: CommitPart): readonly OutputShard[] {
  const total = shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
  let before = 0;
  return shards.filter(({ byteLength }) => {
    // A file goes to the part in which its middle lies.
    const middle = before + byteLength / 2;
    before += byteLength;
    return Math.min(count - 1, Math.floor((middle * count) / Math.max(1, total))) === index;
  });
}

/** Says that a file is whole. @throws InputError when it cannot be written */
export async function writeReceipt(
  folder: string,
  pins: string,
  { name, bytes, sha256 }: CommittedFile,
): Promise<void> {
  const receipt = { schema: 'rejuvenation-commit-file', version: 1, pins, bytes, sha256 };
  await writeFileWhole(receiptPath(folder, name), Buffer.from(`${JSON.stringify(receipt)}\n`), true);
}

/**
 * A weight file that a part has left.
 *
 * @returns undefined where there is none, or it has another size than its part wrote
 * @throws InputError when its receipt cannot be read, or is of another commit
 */
export async function receiptOf(folder: string, pins: string, name: string): Promise<CommittedFile | undefined> {
  const path = receiptPath(folder, name);
  if (!(await exists(path)) || !(await exists(join(folder, name)))) return undefined;
  const { pins: own, bytes, sha256 } = parsedReceipt(await readTextFile(path, receiptKind), path);
  if (own !== pins) {
    throw new InputError(
      `${quotedPath(join(folder, name))} is of another commit (its alpha, rho, dtype or inputs are others): name another ` +
        'folder with --partials, or delete that one.',
    );
  }
  // What was cut off since is written again.
  const there = await stat(join(folder, name)).catch(() => undefined);
  return there?.size === bytes ? { name, bytes, sha256 } : undefined;
}

function parsedReceipt(text: string, path: string): z.infer<typeof receiptSchema> {
  let found: unknown;
  try {
    found = parseStrictJson(text, quotedPath(path));
  } catch {
    // No part of a model: "download it again" would help nobody.
  }
  const parsed = receiptSchema.safeParse(found);
  if (parsed.success) return parsed.data;
  throw new InputError(`${quotedPath(path)} is damaged: delete it and write that part again with --shard.`);
}
