import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint } from '../../../../src/checkpoint/checkpoint.ts';
import { matchTensors } from '../../../../src/comparison/checkpoints/tensorMatch.ts';
import { changeSpectrum } from '../../../../src/comparison/spectrum/changeSpectrum.ts';
import { computeSpectra, spectrumTask } from '../../../../src/comparison/spectrum/computeSpectra.ts';
import { Interrupted } from '../../../../src/errors.ts';
import { spectrumFigures } from '../../../../src/record/comparison/tensors/spectrum.ts';
import { fixtures } from '../../../paths.ts';
import { rawCheckpoint } from '../weights/rawCheckpoint.ts';

/** What NumPy says: see makeGolden.py beside the file. */
type Goldens = Readonly<Record<string, { readonly maxAbs: number; readonly values: readonly number[] }>>;

const folder = join(fixtures, 'spectrum');
const goldens = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Goldens;
const names = Object.keys(goldens);

describe('spectra of changes', () => {
  let checkpoints: readonly Checkpoint[];
  before(async () => {
    checkpoints = await Promise.all(
      ['reference', 'checkpoint'].map((side) => rawCheckpoint(join(folder, `${side}.safetensors`))),
    );
  });
  const taskOf = (name: string) => {
    const matched = matchTensors(checkpoints).shared.find((tensor) => tensor.name === name)!;
    return spectrumTask(checkpoints, matched, [0, 1], goldens[name]!);
  };

  for (const [name, { maxAbs, values }] of Object.entries(goldens)) {
    it(`${name}: singular values as NumPy’s, within the error stated`, async () => {
      const { singularValues, errors } = await changeSpectrum(taskOf(name));
      assert.equal(singularValues.length, maxAbs === 0 ? 0 : Math.min(8, values.length));
      singularValues.forEach((value, i) => {
        const [exact, rounding] = [values[i]!, 1e-6 * values[0]!];
        assert.ok(exact <= value + errors[i]! + rounding, `${i}: ${exact} is more than ${value} + ${errors[i]}`);
        // Squares are what is computed: what they lose of the smallest is a thousandth of the largest.
        assert.ok(value <= exact + (i === 0 ? rounding : 2e-3 * values[0]!), `${i}: ${value} is more than ${exact}`);
        assert.ok(errors[i]! <= Math.max(0.01 * value, 2e-3 * values[0]!), `${i}: ${errors[i]} of ${value}`);
      });
    });
  }

  it('does not depend on the threads, and is the same each time', async () => {
    const tasks = names.map(taskOf);
    const found = new Map<number, unknown>();
    await computeSpectra(tasks, { onSpectrum: (task, spectrum) => found.set(task, spectrum) });
    for (const [i, task] of tasks.entries()) assert.deepEqual(found.get(i), await changeSpectrum(task));
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const running = computeSpectra(names.map(taskOf), {
      signal: stop.signal,
      onSpectrum: () => stop.abort(),
    });
    await assert.rejects(running, Interrupted);
    await assert.rejects(computeSpectra([], { signal: stop.signal, onSpectrum: () => {} }), Interrupted);
  });

  it('tells structure from noise', async () => {
    const figuresOf = async (name: string) => {
      const spectrum = await changeSpectrum(taskOf(name));
      const norm = Math.hypot(...goldens[name]!.values);
      const { rows, columns } = taskOf(name);
      return spectrumFigures({ norm, spectrum }, [rows, columns]);
    };
    const noise = (await figuresOf('noise'))!;
    assert.equal(noise.aboveNoise, 0);
    assert.ok(Math.abs(noise.stableRank / noise.noiseStableRank - 1) < 0.1, `${noise.stableRank}`);
    const three = (await figuresOf('rank three and noise'))!;
    assert.equal(three.aboveNoise, 3);
    const one = (await figuresOf('rank one'))!;
    assert.equal(one.aboveNoise, 1);
    assert.ok(Math.abs(one.stableRank - 1) < 1e-6 && Math.abs(one.topShare - 1) < 1e-5);
    assert.equal(await figuresOf('unchanged'), undefined);
  });
});
