import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { readSafetensors } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import { compareCheckpoints } from '../../src/comparison/compareCheckpoints.ts';
import { nextTokenDistributions } from '../../src/comparison/outputs/nextTokens.ts';
import { startEngine } from '../../src/engine/process/client.ts';
import { responseRowOf } from '../../src/method/responseRows.ts';
import { type OpenComparison, readComparison } from '../../src/record/comparison/comparisonFile.ts';
import { defaultSettings } from '../../src/settings/runSettings.ts';
import { measuredRows, measuredSample, sampleIds } from '../../src/views/comparison/comparisonParts.ts';
import { fixtures, sampleFolder } from '../paths.ts';
import { assertClose } from './engineChecks.ts';
import { loadGolden } from './golden.ts';

const names = ['base', 'sft-mod', 'sft-over'] as const;
const folders = names.map((name) => join(sampleFolder, name));
const pairs = 4;
const tolerance = 1e-4;

async function goldenArrays() {
  const tensors = await readSafetensors(join(fixtures, 'outputs', 'golden.safetensors'));
  const bytes = (name: string) => Uint8Array.from(tensors.get(name)!.data).buffer;
  return {
    floats: (name: string) => new Float32Array(bytes(name)),
    ints: (name: string) => new Int32Array(bytes(name)),
  };
}

describe('comparison against the golden values', () => {
  let folder: string;
  let open: OpenComparison;
  let golden: Awaited<ReturnType<typeof goldenArrays>>;

  before(async () => {
    golden = await goldenArrays();
    folder = await mkdtemp(join(tmpdir(), 'comparison-'));
    const calibration = join(folder, 'pairs.jsonl');
    const lines = readFileSync(join(sampleFolder, 'calibration.jsonl'), 'utf8').split('\n').slice(0, pairs);
    writeFileSync(calibration, lines.join('\n'));
    const made = await compareCheckpoints(
      {
        checkpoints: folders,
        pairs: 'all',
        record: join(folder, 'sample.comparison.json'),
        output: { ...defaultSettings, device: 'cpu', calibration: [calibration] },
        overwrite: false,
      },
      { onEvent: () => undefined, signal: new AbortController().signal, startEngine },
    );
    open = await readComparison(made.path!);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('measures entropy, NLL and top-1 probability of every checkpoint at every response row', async () => {
    const rows = await measuredRows(open);
    names.forEach((name, position) => {
      assertClose(rows.entropy[position]!, golden.floats(`${name}.entropy`), tolerance, `${name} entropy`);
      assertClose(rows.negativeLogLikelihood[position]!, golden.floats(`${name}.nll`), tolerance, `${name} NLL`);
      assertClose(rows.top1Probability[position]!, golden.floats(`${name}.top1`), tolerance, `${name} top-1`);
      const means = open.record.output!.means[position]!;
      const nll = golden.floats(`${name}.nll`);
      const mean = nll.reduce((sum, value) => sum + value, 0) / nll.length;
      assert.ok(Math.abs(means.negativeLogLikelihood - mean) <= tolerance);
      assert.equal(means.rows, nll.length);
    });
  });

  it('agrees with the method’s own golden entropies', async () => {
    const { entropy, samples } = await loadGolden('real-over');
    const rows = await measuredRows(open);
    assertClose(rows.entropy[0]!, entropy.base.subarray(0, rows.entropy[0]!.length), tolerance, 'base entropy');
    assertClose(rows.entropy[2]!, entropy.sft.subarray(0, rows.entropy[2]!.length), tolerance, 'SFT entropy');
    for (let index = 0; index < pairs; index++) {
      assert.deepEqual([...(await sampleIds(open, index))], [...samples[index]!.ids]);
    }
  });

  it('keeps the most likely tokens of each row as the whole distribution has them', async () => {
    const positions = golden.ints('positions');
    for (const [position, name] of names.entries()) {
      const whole = golden.floats(`${name}.distributions`);
      const vocabulary = whole.length / (positions.length / 2);
      for (let at = 0; at < positions.length / 2; at++) {
        const [index, row] = [positions[2 * at]!, positions[2 * at + 1]!];
        const { measures } = await measuredSample(open, index);
        const { topIds, topProbabilities } = measures[position]!;
        const { responses } = open.record.output!.samples[index]!;
        const kept = open.record.output!.topTokens;
        const first = responseRowOf(responses, row)! * kept;
        for (let rank = 0; rank < kept; rank++) {
          const expected = whole[at * vocabulary + topIds[first + rank]!]!;
          assert.ok(Math.abs(topProbabilities[first + rank]! - expected) <= tolerance, `${name} ${at} ${rank}`);
        }
      }
    }
  });

  it('gives whole next-token distributions of all checkpoints', async () => {
    const positions = golden.ints('positions');
    const checkpoints = await Promise.all(folders.map(openCheckpoint));
    const engine = await startEngine({ device: 'cpu', memoryBytes: 2e9 });
    try {
      // One position a sample: every question loads every checkpoint again.
      for (let at = 1; at < positions.length / 2; at += 3) {
        const [index, row] = [positions[2 * at]!, positions[2 * at + 1]!];
        const ids = await sampleIds(open, index);
        const found = await nextTokenDistributions(
          engine,
          checkpoints,
          { sample: index, row, ids },
          new AbortController().signal,
        );
        assert.equal(found.gold, ids[row + 1]);
        assert.ok(found.ids.includes(found.gold));
        names.forEach((name, position) => {
          const whole = golden.floats(`${name}.distributions`);
          const vocabulary = whole.length / (positions.length / 2);
          const own = whole.subarray(at * vocabulary, (at + 1) * vocabulary);
          const expected = Float32Array.from(found.ids, (id) => own[id]!);
          assertClose(found.probabilities[position]!, expected, tolerance, `${name} at ${index}, ${row}`);
          // None of the most likely tokens is left out.
          const ranked = [...own.keys()].sort((a, b) => own[b]! - own[a]!);
          assert.ok(ranked.slice(0, 20).every((id) => own[id]! < tolerance || found.ids.includes(id)));
          const entropy = -own.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
          assert.ok(Math.abs(found.entropy[position]! - entropy) <= tolerance, `${name}: ${entropy}`);
        });
      }
    } finally {
      await engine.dispose();
    }
  });
});
