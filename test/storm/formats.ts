import { adapterFormats } from './adapterFormats.ts';
import { checkpointFormats } from './checkpointFormats.ts';
import { badInputCorpus } from './corpus.ts';
import type { Format } from './format.ts';
import { recipeFormat } from './recipeFormat.ts';
import { recordFormats } from './recordFormats.ts';
import { rolloutFormats } from './rolloutFormats.ts';

/** Every format that comes from outside. @param folder an empty folder that inputs are written to */
export async function untrustedFormats(folder: string): Promise<readonly Format[]> {
  const corpus = await badInputCorpus(folder);
  return [
    ...(await checkpointFormats(folder, corpus)),
    ...(await adapterFormats(folder)),
    ...(await recordFormats(folder)),
    ...rolloutFormats(folder),
    recipeFormat(folder),
  ];
}
