/* The comparison record that the comparison's figures are drawn from. */
import { basename } from 'node:path';
import { projectionShape, projections } from '../../../src/checkpoint/architecture/architecture.ts';
import type { RecordArray } from '../../../src/record/arrays/arrays.ts';
import { StagedArrays } from '../../../src/record/arrays/stagedArrays.ts';
import {
  comparisonArraySpecs,
  comparisonSizes,
  differenceArrayName,
} from '../../../src/record/comparison/comparisonArrays.ts';
import { idKey, writeComparison } from '../../../src/record/comparison/comparisonFile.ts';
import { comparisonPaths } from '../../../src/record/comparison/comparisonPaths.ts';
import type { ComparedTensor, ComparisonRecord } from '../../../src/record/comparison/comparisonRecord.ts';
import { tinyComparison } from '../../unit/record/tinyComparison.ts';
import { tinyArchitecture } from '../../unit/record/tinyRecord.ts';
import { differenceOf } from './galleryDifference.ts';
import { galleryRows, keptTokens, measurementArrays } from './galleryRows.ts';
import { gallerySamples, vocabulary } from './galleryTexts.ts';
import { seeded } from './seeded.ts';

const layers = 3;
const architecture = {
  ...tinyArchitecture,
  hiddenSize: 16,
  heads: 4,
  keyValueHeads: 2,
  headDim: 4,
  intermediateSize: 24,
};

function tensor(name: string, shape: number[], module: string, layer?: number): ComparedTensor {
  const elements = shape.reduce((product, size) => product * size, 1);
  const dtypes = ['BF16', 'BF16', 'BF16'] satisfies ComparedTensor['dtypes'];
  return { name, shape, elements, module, dtypes, ...(layer !== undefined && { layer }) };
}

const tensors: readonly ComparedTensor[] = [
  tensor('model.embed_tokens.weight', [vocabulary.length, architecture.hiddenSize], 'embed_tokens'),
  ...Array.from({ length: layers }, (_, layer) => [
    tensor(`model.layers.${layer}.input_layernorm.weight`, [architecture.hiddenSize], 'input_layernorm', layer),
    ...projections.map((projection) => {
      const block = /^(gate|up|down)_/.test(projection) ? 'mlp' : 'self_attn';
      const shape = [...projectionShape(architecture, layer, projection)];
      return tensor(`model.layers.${layer}.${block}.${projection}.weight`, shape, projection, layer);
    }),
  ]).flat(),
  tensor('model.norm.weight', [architecture.hiddenSize], 'norm'),
];

/** How far each checkpoint has gone from the first. */
const drift = [0, 0.02, 0.15] as const;

/** A tensor's elements in every checkpoint: rows and columns change unlike each other, a third of the elements not at all. */
function elementsOf({ shape, elements, layer = 0 }: ComparedTensor, seed: number): Float32Array[] {
  const random = seeded(seed);
  const columns = shape.at(-1)!;
  const reference = Float32Array.from({ length: elements }, () => 2 * random() - 1);
  const moves = Float32Array.from({ length: elements }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const spread = (1 + layer) * (row % 5 === 1 ? 4 : 1) * (column % 7 === 2 ? 3 : 1);
    const draw = random() + random() + random() - 1.5;
    return random() < 0.33 ? 0 : spread * draw * draw * draw;
  });
  return drift.map((far) => reference.map((value, i) => value + far * moves[i]!));
}

/** Writes the comparison that the comparison page's figures are drawn from: 3 checkpoints, 3 layers, 3 texts. */
export async function writeGalleryComparison(path: string): Promise<void> {
  const paths = comparisonPaths(path);
  const draft = tinyComparison(basename(paths.arrays));
  const measured = [galleryRows('base'), galleryRows('moderate'), galleryRows('over')];
  const arrays = new Map<string, RecordArray>(measurementArrays(measured));
  arrays.set('samples.ids', Int32Array.from(gallerySamples.flatMap(({ ids }) => ids)));
  const values = tensors.map((each, place) => elementsOf(each, 100 + place));
  const differences = draft.pairs.map(({ reference, checkpoint }, pair) =>
    tensors.map((each, place) => {
      const sides = values[place]!;
      const { scalars, rowNorms, columnNorms, map } = differenceOf(each.shape, sides[reference]!, sides[checkpoint]!);
      arrays.set(differenceArrayName(pair, place, 'row_norms'), rowNorms);
      arrays.set(differenceArrayName(pair, place, 'column_norms'), columnNorms);
      arrays.set(differenceArrayName(pair, place, 'map'), map);
      return scalars;
    }),
  );
  let [firstId, firstRow] = [0, 0];
  const samples = gallerySamples.map(({ ids, responses, rows }, index) => {
    const sample = { line: index + 1, responses, firstId, tokens: ids.length, firstRow, rows };
    firstId += ids.length;
    firstRow += rows;
    return sample;
  });
  const record: ComparisonRecord = {
    ...draft,
    tensors: [...tensors],
    differences,
    output: {
      ...draft.output!,
      topTokens: keptTokens,
      samples,
      means: measured.map((rows) => rows.means()),
      tokens: { ids: vocabulary.map((_, id) => id), texts: [...vocabulary] },
    },
    notes: [],
  };
  const specs = comparisonArraySpecs(comparisonSizes(record));
  const staged = await StagedArrays.create(paths.arrays, specs, new Map([[idKey, record.arrays.id]]));
  try {
    for (const { name } of specs) staged.write(name, arrays.get(name)!);
    await writeComparison(path, record, staged);
  } finally {
    await staged.discard();
  }
}
