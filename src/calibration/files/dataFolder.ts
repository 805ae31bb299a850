import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { readFault } from '../../files/reading/fileFault.ts';
import { quotedPath, shown, shownCount } from '../../files/reading/shown.ts';

/* Finds the rows of a data set in a folder, as downloaded from the Hugging Face Hub: `data/train-00000-of-00002.parquet`. */

const dataFile = /\.(parquet|jsonl|ndjson|json)(\.gz)?$/i;

/** JSON that says something about the data set and is not of it. */
const aboutIt = /^(dataset_infos?|dataset_dict|state|config|.*_config|package|tokenizer|index)\.json$/i;

/** Deeper than any data set's folders. */
const deepest = 6;

/** Names of splits, as the `datasets` library finds them in file and folder names. */
const splits: Readonly<Record<string, readonly string[]>> = {
  train: ['train', 'training'],
  test: ['test', 'testing', 'eval', 'evaluation'],
  validation: ['validation', 'valid', 'dev', 'val'],
};

/** The split that a path names, as a word of its own. */
function splitOf(path: string): string | undefined {
  const words = path.toLowerCase().split(/[-._ /\\\d]+/);
  return Object.keys(splits).find((split) => splits[split]!.some((name) => words.includes(name)));
}

interface Found {
  readonly files: readonly string[];
  readonly arrow: boolean;
}

async function filesIn(folder: string, depth: number): Promise<Found> {
  const files: string[] = [];
  let arrow = false;
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw readFault(error, folder);
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (depth === deepest) continue;
      const inner = await filesIn(path, depth + 1);
      files.push(...inner.files);
      arrow ||= inner.arrow;
    } else if (entry.name.endsWith('.arrow')) arrow = true;
    // Links too: Hub caches have nothing else.
    else if (dataFile.test(entry.name) && !aboutIt.test(entry.name)) files.push(path);
  }
  return { files, arrow };
}

/** The folder of a file without what only names the split: files of one table may lie in several such. */
function tableOf(file: string, folder: string): string {
  const parts = relative(folder, dirname(file)).split(sep);
  return parts.filter((part) => part !== '' && part !== 'data' && splitOf(part) === undefined).join('/');
}

function kindOf(file: string): string {
  const [, kind = ''] = dataFile.exec(basename(file)) ?? [];
  return kind.toLowerCase();
}

/**
 * The files of a data set's folder that hold its rows: of several splits the train split.
 * @throws InputError when there are none, or of several data sets or splits and none for training
 */
export async function dataFolderFiles(
  folder: string,
): Promise<{ readonly paths: readonly string[]; readonly notes: readonly string[] }> {
  const { files, arrow } = await filesIn(folder, 0);
  if (files.length === 0) throw new InputError(await whyNone(folder, arrow));
  const train = files.filter((file) => splitOf(relative(folder, file)) === 'train');
  const paths = train.length > 0 ? train : files;
  const distinct = (of: (file: string) => string) => [...new Set(paths.map(of))].sort();
  const tables = distinct((file) => tableOf(file, folder));
  if (tables.length > 1) {
    const named = tables.slice(0, 8).map((table) => shown(table === '' ? '.' : table));
    throw new InputError(
      `${quotedPath(folder)} holds several data sets: ${named.join(', ')}. Name the folder of one, or its files.`,
    );
  }
  const splitsHeld = distinct((file) => splitOf(relative(folder, file)) ?? '').filter((split) => split !== '');
  if (splitsHeld.length > 1) {
    throw new InputError(
      `${quotedPath(folder)} holds the splits ${splitsHeld.join(', ')} and no train split: name the files that are meant.`,
    );
  }
  const kinds = distinct(kindOf);
  if (kinds.length > 1) {
    throw new InputError(
      `${quotedPath(folder)} holds files of several kinds: ${kinds.map((kind) => `.${kind}`).join(', ')}. They may be the same rows: ` +
        'name those that are meant.',
    );
  }
  return { paths, notes: [noteOn(folder, files, paths, train.length > 0)] };
}

function noteOn(folder: string, files: readonly string[], paths: readonly string[], train: boolean): string {
  const others = files.filter((file) => !paths.includes(file)).map((file) => relative(folder, file));
  const left = others
    .slice(0, 3)
    .map((file) => shown(file))
    .join(', ');
  const rest = others.length > 3 ? ` and ${others.length - 3} more` : '';
  const leaves = others.length === 0 ? '' : `; left out: ${left}${rest}`;
  const split = train ? ' of the train split' : '';
  return `Calibration is read from ${shownCount(paths.length, 'file')}${split} in ${quotedPath(folder)}${leaves}.`;
}

async function whyNone(folder: string, arrow: boolean): Promise<string> {
  if (arrow) {
    const whole = (await exists(join(folder, 'dataset_dict.json'))) ? '["train"]' : '';
    return (
      `${quotedPath(folder)} holds Arrow files, as datasets' save_to_disk writes them. Convert it with Python: ` +
      `datasets.load_from_disk(FOLDER)${whole}.to_parquet("calibration.parquet").`
    );
  }
  if (await exists(join(folder, 'config.json')))
    return `${quotedPath(folder)} is a checkpoint, not a calibration file.`;
  return `${quotedPath(folder)} has no .jsonl, .json or .parquet file to calibrate on.`;
}
