import { InputError } from '../../errors.ts';
import type { Checkpoint } from '../checkpoint.ts';

/**
 * Path of a checkpoint's tokenizer, for whoever cannot do without: weights alone can be opened, compared and fused.
 *
 * @param remedy what else to do, after "; "
 * @throws InputError when the folder has none
 */
export function requiredTokenizer({ folder, tokenizerPath }: Checkpoint, remedy = ''): string {
  if (tokenizerPath !== undefined) return tokenizerPath;
  throw new InputError(
    `"${folder}" lacks tokenizer.json; copy it from the base checkpoint, or write it with ` +
      `AutoTokenizer.from_pretrained(…).save_pretrained(…)${remedy}.`,
  );
}
