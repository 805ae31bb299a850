import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { exists } from '../files/reading/exists.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { isJsonObject, parseBoundedJson } from '../files/reading/strictJson.ts';
import { readTextFile } from '../files/reading/textFile.ts';

/* Which tokens end an answer of a checkpoint's model. */

const token = z.int().nonnegative();
const stopSchema = z.union([token.transform((id) => [id]), z.array(token), z.null().transform(() => [])]);

async function stopTokensIn(path: string): Promise<readonly number[] | undefined> {
  const config = parseBoundedJson(await readTextFile(path, inputKinds.config), `"${path}"`);
  if (!isJsonObject(config)) throw new InputError(`"${path}" is not a JSON object.`);
  if (!Object.hasOwn(config, 'eos_token_id')) return undefined;
  const stop = stopSchema.safeParse(config['eos_token_id']);
  if (stop.success) return [...new Set(stop.data)];
  throw new InputError(`"${path}": "eos_token_id" must be a token's number or a list of them.`);
}

/**
 * `eos_token_id` of `generation_config.json`, as transformers' `generate` takes it; of `config.json` where the former is not
 * there or does not say. Ascending order is not promised.
 *
 * @param folder that the checkpoint's files lie in
 * @returns none where no token ends an answer
 * @throws InputError naming a file that is damaged or holds something else there
 */
export async function stopTokensOf(folder: string): Promise<readonly number[]> {
  const generation = join(folder, 'generation_config.json');
  const said = (await exists(generation)) ? await stopTokensIn(generation) : undefined;
  return said ?? (await stopTokensIn(join(folder, 'config.json'))) ?? [];
}
