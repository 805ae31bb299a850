/* The three kinds of errors that users see: what they can put right, what failed, and what they stopped. */

/**
 * Something the user gave or can put right. The message is one sentence or two that say what is wrong, where
 * (file, tensor, line) and what to do; it is shown as it is, without a stack trace. Exit code 2.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The work failed for a reason other than its inputs, said in words a user can act on. Exit code 1. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/** The user stopped the work; what was finished is kept. Exit code 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
