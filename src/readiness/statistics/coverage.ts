import type { PromptCounts } from './passAtK.ts';

/* Coverage against the base: which prompts a checkpoint solves that the base does not, and the other way round. */

/** Prompts by whether at least one of their answers is right. */
export interface Coverage {
  readonly both: number;
  /** Solved by the base alone. */
  readonly lost: number;
  /** Solved by the checkpoint alone. */
  readonly gained: number;
  readonly neither: number;
  /** Lost by gained; `null` where nothing is gained. */
  readonly lostPerGained: number | null;
}

/** @param base, checkpoint the same prompts in the same order */
export function coverageOf(base: readonly PromptCounts[], checkpoint: readonly PromptCounts[]): Coverage {
  const found = { both: 0, lost: 0, gained: 0, neither: 0 };
  base.forEach(({ correct }, prompt) => {
    const solved = checkpoint[prompt]!.correct > 0;
    if (correct > 0) found[solved ? 'both' : 'lost']++;
    else found[solved ? 'gained' : 'neither']++;
  });
  return { ...found, lostPerGained: found.gained === 0 ? null : found.lost / found.gained };
}
