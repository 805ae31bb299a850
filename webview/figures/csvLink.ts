import { link } from '../page/dom.ts';
import type { FileSaver } from './figure.ts';

/**
 * *CSV* beside a table: saves it as a file.
 *
 * @param label for screen readers
 * @param file the file's name without the record's, and its text; undefined while there is nothing to save
 */
export function csvLink(
  page: FileSaver,
  label: string,
  file: () => { readonly name: string; readonly text: string } | undefined,
): HTMLButtonElement {
  const save = link('CSV', () => {
    const made = file();
    if (made !== undefined) void page.saveFile(made.name, () => new TextEncoder().encode(made.text));
  });
  save.setAttribute('aria-label', label);
  return save;
}
