import { applyEdits, modify } from 'jsonc-parser';

/* Changes one field of a JSON file and nothing else: what is written of a model's own files stays as its makers wrote it. */

const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };

/**
 * A JSON text with another value of a field, the file's own layout included.
 *
 * @param text an object, parsed before; @param path names from the outermost object to the field, which may be missing
 */
export function withField(text: string, path: string[], value: unknown): string {
  return applyEdits(text, modify(text, path, value, { formattingOptions }));
}
