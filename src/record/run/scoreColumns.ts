import { basename, dirname, join } from 'node:path';
import { readSafetensorsHeader } from '../../checkpoint/safetensors/safetensorsFile.ts';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { ChangedInput, isSame } from '../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { readAt } from '../../files/reading/readAt.ts';
import { withInput } from '../../files/reading/readInput.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { intArray } from '../arrays/arrays.ts';
import type { OpenRecord } from './recordFile.ts';

/* Reads single neurons' scores from the score file of a run, which holds every target's. */

/** Reads that wait at a time. */
const readsAtATime = 32;

/** Where the record's score file lies: as it was written, or beside the record, wherever that was moved. */
async function locateScores({ record, path }: OpenRecord, mayRead: (path: string) => boolean): Promise<string> {
  const { scores } = record;
  if (scores === undefined) {
    throw new InputError('The run wrote no score file (--scores): only scores among the best of a target are known.');
  }
  const beside = join(dirname(path), basename(scores));
  for (const place of [scores, beside]) if (mayRead(dirname(place)) && (await exists(place))) return place;
  throw new InputError(`The run's score file ${quotedPath(scores)} is gone: put it there again, or beside the record.`);
}

/** What a score file says of one neuron. */
export interface NeuronScores {
  /** `[targets]`, logits. */
  readonly scores: Float32Array;
  /** The neuron's rank at some targets: how many neurons have a larger score, or the same and a lower index. */
  rankAt(target: number): Promise<number>;
}

/**
 * One neuron's scores at every target, and ways to its ranks, while the file is open.
 *
 * @param mayRead whether a folder may be looked at: a record may name any
 * @throws InputError when there is no such file, or it is of another run
 */
export async function withNeuronScores<Result>(
  open: OpenRecord,
  neuron: number,
  mayRead: (folder: string) => boolean,
  work: (scores: NeuronScores) => Promise<Result>,
): Promise<Result> {
  const path = await locateScores(open, mayRead);
  const { tensors, dataStart, identity } = await readSafetensorsHeader(path, undefined, inputKinds.weights);
  const neurons = open.layout.total;
  const rows = intArray(open.arrays, 'targets.row');
  const other = () =>
    new InputError(`${quotedPath(path)} holds no scores of this run: give the file of this run back.`);
  const [scores, targets] = ['scores', 'targets'].map((name) => tensors.find((tensor) => tensor.name === name));
  if (scores === undefined || targets === undefined) throw other();
  const fits = (shape: readonly number[], ...expected: number[]) => shape.join() === expected.join();
  if (scores.dtype !== 'F32' || !fits(scores.shape, rows.length, neurons)) throw other();
  if (targets.dtype !== 'I32' || !fits(targets.shape, rows.length, 3)) throw other();
  return withInput(path, inputKinds.weights, async (file, opened) => {
    if (!isSame(opened, identity)) throw new ChangedInput(path, 'after its header was read');
    const read = async (position: number, length: number) => {
      const bytes = await readAt(file, dataStart + position, length);
      if (bytes.length < length) throw new ChangedInput(path, 'while it was read');
      return bytes;
    };
    const own = await read(targets.begin, rows.length * 12);
    const named = new Int32Array(own.buffer, own.byteOffset, rows.length * 3);
    const [samples, gold] = [intArray(open.arrays, 'targets.sample'), intArray(open.arrays, 'targets.gold')];
    for (let i = 0; i < rows.length; i++) {
      if (named[3 * i] !== samples[i] || named[3 * i + 1] !== rows[i] || named[3 * i + 2] !== gold[i]) throw other();
    }
    const found = new Float32Array(rows.length);
    const rowAt = (target: number) => scores.begin + target * neurons * 4;
    for (let first = 0; first < rows.length; first += readsAtATime) {
      const count = Math.min(readsAtATime, rows.length - first);
      await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const bytes = await read(rowAt(first + i) + 4 * neuron, 4);
          found[first + i] = new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
        }),
      );
    }
    return work({
      scores: found,
      async rankAt(target) {
        const bytes = await read(rowAt(target), 4 * neurons);
        const all = new Float32Array(bytes.buffer, bytes.byteOffset, neurons);
        const score = all[neuron]!;
        let rank = 0;
        for (let i = 0; i < neurons; i++) if (all[i]! > score || (all[i] === score && i < neuron)) rank++;
        return rank;
      },
    });
  });
}
