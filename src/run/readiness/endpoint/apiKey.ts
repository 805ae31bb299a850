import { InputError } from '../../../errors.ts';
import { shown } from '../../../files/reading/shown.ts';

/* The key of a server: from the environment alone, so that it is in no history of commands, no record and no log. */

export const defaultKeyVariable = 'OPENAI_API_KEY';

export interface ApiKey {
  /** The variable that it is in, which is what messages name. */
  readonly variable: string;
  readonly value: string;
}

/**
 * @param variable as the user named it; undefined: the usual one, where it is set
 * @throws InputError when the named variable is not set, or what is in one cannot be a key; never with what is in it
 */
export function readApiKey(
  variable: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): ApiKey | undefined {
  const name = variable ?? defaultKeyVariable;
  const value = environment[name]?.trim() ?? '';
  if (value === '') {
    if (variable === undefined) return undefined;
    // Somebody who gives the key itself in place of the variable's name must not see it repeated.
    const named = /^[A-Z_][A-Z0-9_]*$/.test(name) ? shown(name) : 'that was named';
    throw new InputError(`The environment variable ${named} is not set: it should hold the API key of the endpoint.`);
  }
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new InputError(`${shown(name)} holds no API key: a key has no spaces and no characters beyond ASCII.`);
  }
  return { variable: name, value };
}

/** A text of the server's without the key, should it repeat it. */
export function withoutKey(text: string, key: ApiKey | undefined): string {
  return key === undefined ? text : text.replaceAll(key.value, '…');
}
