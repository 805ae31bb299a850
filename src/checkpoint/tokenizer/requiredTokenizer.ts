import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { shellCommand } from '../../files/reading/shellWord.ts';
import type { Checkpoint } from '../checkpoint.ts';

/** Loads a folder's tokenizer and writes it in every form, tokenizer.json included. */
const writeTokenizer =
  'import sys; from transformers import AutoTokenizer as T; T.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[1])';

/** Files from which tokenizer.json can be made. */
const older = ['tokenizer.model', 'spiece.model', 'sentencepiece.bpe.model', 'vocab.json'];

/**
 * Path of a checkpoint's tokenizer, for whoever cannot do without: weights alone can be opened, compared and fused.
 *
 * @param remedy what else to do, after "; "
 * @throws InputError when the folder has none
 */
export function requiredTokenizer({ folder, tokenizerPath }: Checkpoint, remedy = ''): string {
  if (tokenizerPath !== undefined) return tokenizerPath;
  const source = older.find((name) => existsSync(join(folder, name)));
  if (source !== undefined) {
    throw new InputError(
      `"${folder}" has a tokenizer in "${source}" but lacks tokenizer.json${remedy}; write it: ` +
        shellCommand('python', '-c', writeTokenizer, folder),
    );
  }
  throw new InputError(
    `"${folder}" lacks tokenizer.json${remedy}; copy it from the checkpoint that training began from.`,
  );
}
