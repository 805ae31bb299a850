import { createHash } from 'node:crypto';
import { intArray } from '../arrays/arrays.ts';
import type { OpenRecord } from './recordFile.ts';
import { bestRanks } from './resetReport.ts';

/**
 * SHA-256, in hexadecimal, of what a run found and of what it was found from: when it began, its inputs, its samples and
 * their tokens, its targets, and every neuron's best rank. Commits and verifications that are added to the record change
 * none of these.
 */
export function runIdentity({ record, layout, arrays }: OpenRecord): string {
  const { run, inputs, samples, settings, architecture, vocabulary } = record;
  const { rhoMax, topN } = settings;
  const text = JSON.stringify([run.started, inputs, samples, rhoMax, topN, architecture, vocabulary ?? null]);
  const hash = createHash('sha256').update(text);
  for (const values of [
    intArray(arrays, 'samples.ids'),
    intArray(arrays, 'targets.sample'),
    intArray(arrays, 'targets.row'),
    bestRanks(layout, arrays),
  ]) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
