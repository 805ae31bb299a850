/** What the shell is told: 0 done, 1 failed, 2 bad input, 130 interrupted. */
export const exitCodes = { done: 0, failed: 1, badInput: 2, interrupted: 130 } as const;
