import { z } from 'zod';

/* How records of several checkpoints name each of them. */

const text = z.string();
const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal');

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
  files: z.array(z.strictObject({ name: text, bytes: count, modified: z.iso.datetime(), headerSha256: sha256 })),
  configSha256: sha256,
  tokenizerSha256: sha256.optional(),
});
