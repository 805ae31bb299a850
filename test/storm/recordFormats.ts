import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { encodeSafetensorsHeader } from '../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { comparisonJson, comparisonText, tensorText } from '../../src/cli/output/comparisonReport.ts';
import { recordJson, recordText } from '../../src/cli/output/recordReport.ts';
import { sweepCsv } from '../../src/cli/output/sweep/sweepCsv.ts';
import { sweepFigure } from '../../src/cli/output/sweep/sweepFigure.ts';
import { sweepText } from '../../src/cli/output/sweep/sweepText.ts';
import { shownJson } from '../../src/files/reading/shownJson.ts';
import { readLocated } from '../../src/record/arrays/arraysFile.ts';
import { readComparison, readComparisonJson } from '../../src/record/comparison/comparisonFile.ts';
import { recordArraySpecs } from '../../src/record/run/recordArrays.ts';
import { readRecord, readRecordJson, writeRecord } from '../../src/record/run/recordFile.ts';
import { readSweep } from '../../src/record/sweep/sweepFile.ts';
import { writeTinyComparison } from '../unit/record/tinyComparison.ts';
import { tinyRecord } from '../unit/record/tinyRecord.ts';
import { tinySweep } from '../unit/record/tinySweep.ts';
import type { Format } from './format.ts';
import { damaged, jsonText } from './mutations.ts';

/*
 * Records of runs, comparisons and sweeps, with arrays that were changed too. What is accepted is then shown, as tables and as JSON.
 */

/** An element of one of the arrays, and what it becomes. */
type ArrayEdit = readonly [array: number, at: number, value: number];

interface RecordInput {
  readonly json: string;
  readonly edits: readonly ArrayEdit[];
}

const values = fc.oneof(
  fc.constantFrom(0, -1, 1, 2, 5, 1e9, -1e9, 0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 3e38),
  fc.integer({ min: -3, max: 12 }),
);
const arrayEdits = fc.array(fc.tuple(fc.nat(), fc.nat(), values), { maxLength: 3 });

const unknownHash = '"sha256":"@"';

/** The tiny record's arrays with some elements changed, as a file. */
function arraysBytes(edits: readonly ArrayEdit[]): Buffer {
  const { draft, layout, arrays } = tinyRecord();
  const specs = recordArraySpecs(draft, layout);
  for (const [array, at, value] of edits) {
    const chosen = arrays.get(specs[array % specs.length]!.name)!;
    chosen[at % chosen.length] = value;
  }
  const parts = specs.map(({ name }) => {
    const { buffer, byteOffset, byteLength } = arrays.get(name)!;
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
  return Buffer.concat([encodeSafetensorsHeader(specs).bytes, ...parts]);
}

async function runRecordFormat(folder: string): Promise<Format<RecordInput>> {
  const path = join(folder, 'a.rejuvenation.json');
  const { draft, layout, arrays } = tinyRecord();
  const whole = await writeRecord(path, draft, layout, arrays);
  // The hash is put in later: a record with changed arrays is to fit them as a rule.
  const seed = { ...whole, arrays: { ...whole.arrays, sha256: '@' } };
  return {
    name: 'run record',
    inputs: fc.oneof(
      { weight: 3, arbitrary: fc.record({ json: jsonText([seed]), edits: fc.constant([]) }) },
      { weight: 1, arbitrary: fc.record({ json: fc.constant(JSON.stringify(seed)), edits: arrayEdits }) },
      { weight: 1, arbitrary: fc.record({ json: jsonText([seed]), edits: arrayEdits }) },
    ),
    async read({ json, edits }) {
      const bytes = arraysBytes(edits);
      await writeFile(join(folder, 'a.rejuvenation.safetensors'), bytes);
      const hash = createHash('sha256').update(bytes).digest('hex');
      await writeFile(path, json.replace(unknownHash, `"sha256":"${hash}"`));
      await readRecordJson(path);
      const open = await readRecord(path);
      recordText(open);
      shownJson(recordJson(open));
    },
  };
}

async function comparisonFormat(folder: string): Promise<Format<readonly [json: string, arrays: Uint8Array | null]>> {
  const place = join(folder, 'comparison');
  await mkdir(place);
  const path = join(place, 'tiny.comparison.json');
  await writeTinyComparison(path);
  const arraysPath = join(place, 'tiny.comparison.safetensors');
  const json = await readFile(path, 'utf8');
  const arrays = new Uint8Array(await readFile(arraysPath));
  const changed = jsonText([JSON.parse(json) as unknown]);
  return {
    name: 'comparison record',
    inputs: fc.oneof(
      { weight: 4, arbitrary: fc.tuple(changed, fc.constant(null)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant(json), damaged(fc.constant(arrays))) },
    ),
    async read([text, bytes]) {
      await writeFile(path, text);
      await writeFile(arraysPath, bytes ?? arrays);
      await readComparisonJson(path);
      const { record, arrays: located } = await readComparison(path);
      comparisonText(record, path);
      for (const { name } of record.tensors) tensorText(record, name);
      shownJson(comparisonJson(record, path));
      await readLocated(located, located.places.keys());
    },
  };
}

async function sweepFormat(folder: string): Promise<Format<string>> {
  const path = join(folder, 'tiny.sweep.json');
  return {
    name: 'sweep record',
    inputs: jsonText([tinySweep()]),
    async read(text) {
      await writeFile(path, text);
      const record = await readSweep(path);
      sweepText(record, path);
      sweepCsv(record);
      sweepFigure(record);
    },
  };
}

/** @param folder where inputs are written, one after the other */
export async function recordFormats(folder: string): Promise<Format[]> {
  const formats = [await runRecordFormat(folder), await comparisonFormat(folder), await sweepFormat(folder)];
  // Each makes the inputs that it reads.
  return formats as unknown as Format[];
}
