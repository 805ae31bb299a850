import { InputError } from '../../errors.ts';

/** An error about one `tokenizer.json`; `what` completes "cannot be used: …". */
export type TokenizerFault = (what: string) => InputError;

/** @param path of the `tokenizer.json` that errors name */
export function tokenizerFault(path: string): TokenizerFault {
  return (what) => new InputError(`"${path}" cannot be used: ${what}.`);
}
