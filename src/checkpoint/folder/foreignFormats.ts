import { fileFormats, pointerFormat } from './fileFormats.ts';
import type { FolderContents } from './folderContents.ts';
import type { ForeignFormat } from './foreignFormat.ts';
import { trainerFormats } from './trainerFormats.ts';

/* Recognises folders that are no Hugging Face checkpoint, and says in a sentence what makes one of them. */

/** The first that fits counts: what a trainer wrote tells more than the files that it is made of. */
export const foreignFormats: readonly ForeignFormat[] = [pointerFormat, ...trainerFormats, ...fileFormats];

/** What a folder without readable weights is; the last format fits every folder. */
export function foreignFormat(contents: FolderContents): { readonly format: string; readonly sentence: string } {
  for (const { format, sentence } of foreignFormats) {
    const text = sentence(contents);
    if (text !== undefined) return { format, sentence: text };
  }
  throw new RangeError('No format fits.');
}
