import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCalibration } from '../../../../src/calibration/calibration.ts';
import { responseRowCount } from '../../../../src/method/responseRows.ts';
import { type CalibrationSettings, defaultCalibrationSettings } from '../../../../src/settings/calibrationSettings.ts';
import { fixtures } from '../../../paths.ts';

interface Golden {
  readonly name: string;
  readonly file: string;
  readonly shape: string;
  readonly tokenizer: string;
  readonly options: Partial<CalibrationSettings>;
  readonly samples: readonly (readonly [line: number, ids: readonly number[], mask: string])[];
}

const folder = join(fixtures, 'shapes');
const goldens = JSON.parse(readFileSync(join(folder, 'goldens.json'), 'utf8')) as readonly Golden[];
const tokenizers: Readonly<Record<string, string>> = {
  chatml: join(fixtures, 'chat', 'chatml.tokenizer.json'),
  llama3: join(fixtures, 'tokenizers', 'llama3.tokenizer.json'),
};

describe('shapes of calibration files', () => {
  it('are there', () => {
    assert.equal(goldens.length, 20);
    for (const { name, samples } of goldens) assert.ok(samples.length > 0, name);
  });

  for (const { name, file, shape, tokenizer, options, samples } of goldens) {
    it(`${name}: is known, and gives the ids and responses of transformers`, async () => {
      const found = await readCalibration({
        ...{ paths: [join(folder, file)], samples: 0, seed: 0 },
        tokenizerPath: tokenizers[tokenizer]!,
        templateFolders: [folder],
        maxLength: 4096,
        vocabSize: 1e6,
        ...defaultCalibrationSettings,
        ...options,
      });
      const masks = found.samples.map(({ line, ids, responses }) => {
        const mask = new Array<number>(ids.length).fill(0);
        for (const { start, end } of responses) mask.fill(1, start, end);
        assert.ok(responseRowCount(responses) > 0);
        return [line, [...ids], mask.join('')];
      });
      assert.deepEqual(masks, samples);
      assert.equal(found.reading.shape, shape);
      const rows = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n').length;
      assert.equal(found.reading.rows, rows);
      assert.equal(found.reading.skipped, rows - samples.length);
      assert.equal(found.notes.length, found.reading.skipped);
    });
  }
});
