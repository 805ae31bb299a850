import { z } from 'zod';
import type { PromptRollouts, Rollout } from '../../readiness/rollout.ts';

/* The rollouts of a prompt as JSON, arrays of numbers in base64: a line of a log, a sample of a partial. */

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

/** The text has no line breaks. */
export function encodeRollouts({ prompt, rollouts }: PromptRollouts): string {
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
  return JSON.stringify(line);
}

/** @returns undefined where the bytes are no rollouts */
export function decodeRollouts(json: Uint8Array): PromptRollouts | undefined {
  try {
    const { prompt, rollouts } = lineSchema.parse(JSON.parse(Buffer.from(json).toString('utf8')));
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
