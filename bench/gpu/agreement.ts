import { isReset } from '../../src/method/resetSet.ts';
import { intArray } from '../../src/record/arrays/arrays.ts';
import { neuronArrayName } from '../../src/record/run/recordArrays.ts';
import type { OpenRecord } from '../../src/record/run/recordFile.ts';

/** What the PyTorch script found, as it writes it. */
export interface PaperFindings {
  /** Sample, row and gold token of each target, in the order of the samples. */
  readonly targets: readonly (readonly [sample: number, row: number, gold: number])[];
  /** Flat indices of the reset neurons, ascending. */
  readonly reset: readonly number[];
  readonly neurons: number;
  /** SHA-256 of every tensor written, by name. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** How far the two sides found the same. */
export interface Agreement {
  readonly targets: { readonly ours: number; readonly theirs: number; readonly both: number };
  readonly reset: { readonly ours: number; readonly theirs: number; readonly both: number };
  readonly neurons: number;
  /** Tensors of the written checkpoints that are equal bit for bit, of all; undefined where ours was not written. */
  readonly tensors: { readonly equal: number; readonly all: number } | undefined;
}

function shared<Item>(ours: readonly Item[], theirs: readonly Item[]) {
  const known = new Set(theirs);
  return { ours: ours.length, theirs: theirs.length, both: ours.filter((each) => known.has(each)).length };
}

/** @param hashes SHA-256 of the tensors that our commit wrote; undefined where it did not */
export function agreement(
  { record, layout, arrays }: OpenRecord,
  found: PaperFindings,
  hashes: Readonly<Record<string, string>> | undefined,
): Agreement {
  const [sample, row, gold] = ['sample', 'row', 'gold'].map((name) => intArray(arrays, `targets.${name}`));
  const targets = Array.from(row!, (t, i) => `${sample![i]} ${t} ${gold![i]}`);
  const reset: number[] = [];
  for (const { layer, projection, offset, width } of layout.modules) {
    const ranks = intArray(arrays, neuronArrayName(layer, projection, 'best_rank'));
    for (let i = 0; i < width; i++) if (isReset(ranks[i]!, record.reset.budget)) reset.push(offset + i);
  }
  const names = hashes === undefined ? [] : Object.keys(hashes);
  return {
    targets: shared(
      targets,
      found.targets.map((target) => target.join(' ')),
    ),
    reset: shared(reset, found.reset),
    neurons: layout.total,
    tensors:
      hashes === undefined
        ? undefined
        : { equal: names.filter((name) => hashes[name] === found.hashes[name]).length, all: names.length },
  };
}

/** In words: whether targets, reset sets and written checkpoints are the same, and if not, how many are. */
export function agreementText({ targets, reset, neurons, tensors }: Agreement): string {
  const parts = (what: string, { ours, theirs, both }: Agreement['targets']) =>
    ours === both && theirs === both
      ? `the same ${ours} ${what}`
      : `${ours} ${what} here and ${theirs} there, ${both} in both`;
  const share = `${((100 * reset.ours) / neurons).toFixed(1)} % of all`;
  const written =
    tensors === undefined ? '' : `; ${tensors.equal} of ${tensors.all} tensors written are equal bit for bit`;
  const same = [targets, reset].every(({ ours, theirs, both }) => ours === both && theirs === both);
  const verdict = same ? 'both sides agree' : 'the sides differ';
  return `${verdict}: ${parts('targets', targets)}; ${parts('reset neurons', reset)} (${share})${written}`;
}
