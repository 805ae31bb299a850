import type {
  InspectorRequest,
  InspectorResults,
  RecordSummary,
  RowTable,
  SampleDetail,
  TokenTable,
} from '../../protocol/inspector.ts';
import { floatArray, intArray } from '../../record/arrays/arrays.ts';
import { type MeasurementArray, measurementArrayName } from '../../record/arrays/measurementArrays.ts';
import { type NeuronArray, neuronArrayName } from '../../record/run/recordArrays.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { selectedTokens } from '../../record/run/selectedTokens.ts';
import { targetRows } from '../../record/run/targetRows.ts';
import { samplesOverlap } from '../../record/run/targets/samplesOverlap.ts';
import { sampleExcerpts, searchSamples } from '../../record/run/targets/sampleTexts.ts';
import { targetContexts } from '../../record/run/targets/targetContexts.ts';
import { targetGaps } from '../../record/run/targets/targetGaps.ts';
import { targetWords } from '../../record/run/targets/targetWords.ts';

/* The parts of a run record that the inspector's page asks for. */

/** Requests that the record alone answers. */
export type RecordRequest = Exclude<
  InspectorRequest,
  {
    name:
      | 'snapshot'
      | 'measured'
      | 'neuron'
      | 'neuronDrift'
      | 'neuronTokens'
      | 'target'
      | 'explain'
      | 'export'
      | 'copy';
  }
>;

export function recordSummary({ path, record }: OpenRecord): RecordSummary {
  const { tokens: _, ...rest } = record;
  return { ...rest, path };
}

/** One array of every module, joined in the flat order: `[neurons]`. */
function flatNeurons({ layout, arrays }: OpenRecord, array: NeuronArray): Int32Array | Float32Array {
  const integers = array === 'best_rank' || array === 'hits';
  const flat = integers ? new Int32Array(layout.total) : new Float32Array(layout.total);
  for (const { layer, projection, offset } of layout.modules) {
    const name = neuronArrayName(layer, projection, array);
    flat.set(integers ? intArray(arrays, name) : floatArray(arrays, name), offset);
  }
  return flat;
}

function tokenTable({ record, arrays }: OpenRecord): TokenTable {
  const { words, wordOf } = targetWords(record, arrays);
  return {
    ids: Int32Array.from(record.tokens.ids),
    texts: record.tokens.texts,
    selected: selectedTokens(record, arrays),
    targetGold: intArray(arrays, 'targets.gold'),
    words,
    targetWord: wordOf,
    targetGap: targetGaps(record, arrays),
  };
}

function rowTable({ record, arrays }: OpenRecord): RowTable {
  const each = (array: MeasurementArray) =>
    record.measurements.map((_, position) => floatArray(arrays, measurementArrayName(position, array)));
  return {
    entropy: each('entropy'),
    top1Probability: each('top1_probability'),
    targetRows: targetRows(record.samples, intArray(arrays, 'targets.row')),
  };
}

function sampleDetail({ record, arrays }: OpenRecord, index: number): SampleDetail {
  const sample = record.samples[index];
  if (sample === undefined) throw new RangeError(`The record has no sample ${index}.`);
  const { firstId, tokens, firstRow, rows, firstTarget, targets } = sample;
  const kept = record.settings.topTokens;
  // Copies: a view of a whole array would carry the whole array over to the page.
  return {
    index,
    ids: intArray(arrays, 'samples.ids').slice(firstId, firstId + tokens),
    targetRows: intArray(arrays, 'targets.row').slice(firstTarget, firstTarget + targets),
    measures: record.measurements.map((_, position) => {
      const floats = (array: MeasurementArray, each = 1) =>
        floatArray(arrays, measurementArrayName(position, array)).slice(firstRow * each, (firstRow + rows) * each);
      const topIds = intArray(arrays, measurementArrayName(position, 'top_ids'));
      return {
        entropy: floats('entropy'),
        top1Probability: floats('top1_probability'),
        negativeLogLikelihood: floats('nll'),
        topIds: topIds.slice(firstRow * kept, (firstRow + rows) * kept),
        topProbabilities: floats('top_probabilities', kept),
      };
    }),
  };
}

/**
 * The part of a record that a page asks for.
 *
 * @throws RangeError for a sample that is not there, and for more neurons of a target than the record keeps
 */
export function answerFromRecord(open: OpenRecord, request: RecordRequest): InspectorResults[RecordRequest['name']] {
  switch (request.name) {
    case 'neurons':
      return flatNeurons(open, request.array);
    case 'tokens':
      return tokenTable(open);
    case 'rows':
      return rowTable(open);
    case 'sample':
      return sampleDetail(open, request.index);
    case 'contexts':
      return targetContexts(open.record, open.arrays, request.targets);
    case 'excerpts':
      return sampleExcerpts(open.record, open.arrays);
    case 'overlap':
      return samplesOverlap(open.record, open.arrays, request.budget);
    case 'search':
      return searchSamples(open.record, open.arrays, request.text);
  }
}
