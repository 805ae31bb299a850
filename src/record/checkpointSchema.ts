import { z } from 'zod';
import { sha256Schema } from './sha256Schema.ts';

/* How records of several checkpoints name each of them. */

const text = z.string();
const count = z.int().nonnegative();

export const checkpointSchema = z.strictObject({
  /** Short and unlike the others: the folder's name, or more of its path where names repeat. Untrusted text. */
  name: z.string().min(1),
  /** Absolute path. */
  folder: text,
  /** The training step that the folder's name tells. */
  step: count.optional(),
  /** Of a LoRA adapter, whose files are listed: the base that it was merged into. */
  mergedInto: text.optional(),
  parameters: count,
  /** Weight files, with the SHA-256 of each one's safetensors header (hashing whole files would cost more than the diff). */
  files: z.array(z.strictObject({ name: text, bytes: count, modified: z.iso.datetime(), headerSha256: sha256Schema })),
  configSha256: sha256Schema,
  tokenizerSha256: sha256Schema.optional(),
});
