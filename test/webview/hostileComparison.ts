import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareCheckpoints } from '../../src/comparison/compareCheckpoints.ts';
import { startEngine } from '../../src/engine/process/client.ts';
import { defaultSettings } from '../../src/settings/runSettings.ts';
import { sampleFolder } from '../paths.ts';

const markup = '<img src=x onerror=window.pwned=1>';

/** Names of the compared folders: a series, and one that is markup. */
export const folders = { reference: 'base', moderate: 'checkpoint-20', hostile: `checkpoint-320 ${markup}` } as const;

/**
 * Compares the sample's three checkpoints, copied so that one has a hostile name, on texts that hold markup and
 * characters that reorder others. @returns the record's path
 */
export async function writeHostileComparison(folder: string): Promise<string> {
  const copies = [
    ['base', folders.reference],
    ['sft-mod', folders.moderate],
    ['sft-over', folders.hostile],
  ] as const;
  for (const [from, to] of copies) cpSync(join(sampleFolder, from), join(folder, to), { recursive: true });
  const calibration = join(folder, 'pairs.jsonl');
  const pairs = [
    { prompt: 'Question: what is 3 + 4?\nAnswer:', response: ' We solve this step by step. 3 + 4 = 7.' },
    { prompt: 'Question:', response: ` ${markup}\u202egnp.exe\u2066\u200b` },
  ];
  writeFileSync(calibration, pairs.map((pair) => JSON.stringify(pair)).join('\n'));
  const record = join(folder, 'hostile.comparison.json');
  await compareCheckpoints(
    {
      checkpoints: copies.map(([, to]) => join(folder, to)),
      pairs: 'all',
      record,
      output: { ...defaultSettings, calibration: [calibration], device: 'cpu' },
      overwrite: false,
    },
    { onEvent: () => {}, signal: new AbortController().signal, startEngine },
  );
  return record;
}
