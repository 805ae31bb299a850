import { hubTokenPath } from '../../checkpoint/folder/hubId.ts';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { quotedPath, shown } from '../../files/reading/shown.ts';
import { readTextFile } from '../../files/reading/textFile.ts';

/* The token of the Hugging Face Hub, from where huggingface_hub takes it: the environment, or the file of `hf auth login`. */

export interface HubToken {
  /** Where it is from, which is what messages name: never the token itself. */
  readonly source: string;
  readonly value: string;
}

const variables = ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'] as const;

function checked(text: string, source: string): HubToken {
  const value = text.trim();
  if (/^[\x21-\x7e]+$/.test(value)) return { source, value };
  throw new InputError(`${source} holds no token: a token has no spaces and no characters beyond ASCII.`);
}

/**
 * Undefined where there is none.
 *
 * @throws InputError when what is there cannot be a token, or the file cannot be read; never with what is in it
 */
export async function readHubToken(environment: NodeJS.ProcessEnv = process.env): Promise<HubToken | undefined> {
  for (const name of variables) {
    const text = environment[name];
    if (text !== undefined && text.trim() !== '') return checked(text, shown(name));
  }
  const path = hubTokenPath(environment);
  if (!(await exists(path))) return undefined;
  const text = await readTextFile(path, inputKinds.hubToken);
  return text.trim() === '' ? undefined : checked(text, quotedPath(path));
}

/** A text of the server's without the token, should it repeat it. */
export function withoutToken(text: string, token: HubToken | undefined): string {
  return token === undefined ? text : text.replaceAll(token.value, '…');
}
