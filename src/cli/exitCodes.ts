/** What the shell is told: 0 done, 1 failed, 2 bad input, 3 not ready (readiness alone), 130 interrupted. */
export const exitCodes = { done: 0, failed: 1, badInput: 2, notReady: 3, interrupted: 130 } as const;
