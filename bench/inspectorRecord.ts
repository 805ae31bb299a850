import { randomLcg, randomNormal } from 'd3';
import { expectedParameters } from '../src/checkpoint/architecture/expectedTensors.ts';
import { keptNeuronCount, termCount } from '../src/method/contributions.ts';
import { neuronLayout } from '../src/method/neuronLayout.ts';
import { isReset, resetBudget } from '../src/method/resetSet.ts';
import { type ArraySpec, arrayTypes, type RecordArray } from '../src/record/arrays/arrays.ts';
import { measurementArrayName } from '../src/record/arrays/measurementArrays.ts';
import { neuronArrayName, recordArraySpecs, recordTotals } from '../src/record/run/recordArrays.ts';
import { type RecordDraft, writeRecord } from '../src/record/run/recordFile.ts';
import { reconstruction } from '../src/record/run/recordMeans.ts';
import { resetSummary } from '../src/record/run/resetReport.ts';
import { type RecordSample, recordVersion } from '../src/record/run/runRecord.ts';
import { targetRows } from '../src/record/run/targetRows.ts';
import { measurement } from '../src/run/attribution/assembleRecord.ts';
import { defaultCalibrationSettings } from '../src/settings/calibrationSettings.ts';
import { large } from '../test/unit/engine/plan/shapes.ts';

const [rho, rhoMax, topN, topTokens] = [0.01, 0.05, 8, 5];
const promptTokens = 80;
const seed = 20260609;

/** A text for a token id: words, with the odd space, break and accent. */
function tokenText(id: number): string {
  const letters = 'etaoinshrdlucmfwypvbgkjqxz';
  let word = '';
  for (let rest = id + 7; rest > 0; rest = Math.floor(rest / letters.length)) word += letters[rest % letters.length];
  if (id % 97 === 0) return '\n';
  return id % 3 === 0 ? word : ` ${word}`;
}

/** Neurons that push each target most, of some that do so often; and the best place of every neuron, -1 nowhere. */
function topOf(targets: number, kept: number, total: number, random: () => number) {
  const neurons = new Int32Array(targets * kept);
  const scores = new Float32Array(targets * kept);
  const best = new Int32Array(total).fill(-1);
  for (let target = 0; target < targets; target++) {
    const own = new Set<number>();
    while (own.size < kept) own.add((Math.floor(20_000 * random() ** 3) * 84_787) % total);
    for (const [place, neuron] of [...own].entries()) {
      neurons[target * kept + place] = neuron;
      scores[target * kept + place] = 0.6 / (1 + place);
      if (best[neuron] === -1 || place < best[neuron]!) best[neuron] = place;
    }
  }
  return { neurons, scores, best };
}

/**
 * Writes a record as large as a run on an 8-billion-parameter model leaves, with made-up but consistent numbers: most
 * neurons are never ranked high, later layers and value and down projections more.
 *
 * @param path of `NAME.rejuvenation.json`
 */
export async function writeLargeRecord(
  path: string,
  { samples = 64, responseTokens = 600, architecture = large } = {},
): Promise<void> {
  const layout = neuronLayout(architecture);
  const random = randomLcg(seed);
  const normal = randomNormal.source(random)();
  const [rankLimit, budget] = [resetBudget(rhoMax, layout.total), resetBudget(rho, layout.total)];
  const kept = keptNeuronCount(rankLimit);
  const recordSamples = Array.from({ length: samples }, (_, index): RecordSample => {
    const tokens = promptTokens + responseTokens;
    return {
      line: index + 1,
      responses: [{ start: promptTokens, end: tokens }],
      firstId: index * tokens,
      tokens,
      firstRow: index * responseTokens,
      rows: responseTokens,
      firstTarget: index * topN,
      targets: topN,
      heldOut: false,
    };
  });
  const sized = {
    ...{ samples: recordSamples, measurements: Array.from({ length: 3 }), settings: { topTokens } },
    ...{ neurons: { kept }, architecture },
  };
  const specs: readonly ArraySpec[] = recordArraySpecs(sized as Parameters<typeof recordArraySpecs>[0], layout);
  const arrays = new Map<string, RecordArray>();
  const filled = ({ name, dtype, shape }: ArraySpec, value: (index: number) => number) => {
    const array = new arrayTypes[dtype](shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < array.length; i++) array[i] = value(i);
    arrays.set(name, array);
  };
  const { targets } = recordTotals({ samples: recordSamples });
  const used = 9000;
  // A few ids are most of a text (Zipf).
  const anId = () => Math.floor(used * random() ** 3);
  for (const spec of specs) {
    if (spec.name === 'samples.ids' || spec.name.endsWith('.top_ids')) filled(spec, anId);
    else if (spec.name.endsWith('.entropy')) {
      const scale = spec.name.startsWith('measurements.1') ? 0.2 : 1;
      filled(spec, () => scale * 3 * random() ** 4);
    } else if (spec.name.endsWith('top1_probability')) filled(spec, () => 1 - 0.7 * random() ** 3);
    else if (spec.name.endsWith('.nll')) filled(spec, () => 4 * random() ** 3);
    else if (spec.name.endsWith('top_probabilities')) filled(spec, (i) => 0.6 * 0.4 ** (i % topTokens));
    else if (spec.name === 'targets.sample') filled(spec, (i) => Math.floor(i / topN));
    else if (spec.name === 'targets.row') filled(spec, (i) => promptTokens - 1 + (i % topN) * 70);
    else if (spec.name.startsWith('targets.')) filled(spec, () => 8 * random());
  }
  const ids = arrays.get('samples.ids')!;
  const rowOf = arrays.get('targets.row') as Int32Array;
  arrays.set(
    'targets.gold',
    Int32Array.from(rowOf, (row, target) => ids[recordSamples[Math.floor(target / topN)]!.firstId + row + 1]!),
  );
  const logit = arrays.get('targets.logit') as Float64Array;
  const width = termCount(architecture.layers);
  const terms = Float32Array.from({ length: targets * width }, () => 0.3 * normal());
  const reconstructed = Float64Array.from({ length: targets }, (_, target) =>
    terms.subarray(target * width, (target + 1) * width).reduce((sum, term) => sum + term, 0),
  );
  reconstructed.forEach((value, target) => {
    logit[target] = value + 1e-5 * normal();
  });
  arrays.set('targets.terms', terms);
  arrays.set('targets.reconstructed_logit', reconstructed);
  const bestRank = new Int32Array(layout.total);
  const top = topOf(targets, kept, layout.total, random);
  arrays.set('targets.top_neurons', top.neurons);
  arrays.set('targets.top_scores', top.scores);
  for (const { layer, projection, offset, width } of layout.modules) {
    const busy = (0.25 + layer / architecture.layers) * (projection === 'v_proj' || projection === 'down_proj' ? 2 : 1);
    const ranks = bestRank.subarray(offset, offset + width);
    for (let i = 0; i < width; i++) {
      const rank = random() > 0.3 * busy ? -1 : Math.max(kept, Math.floor(rankLimit * random() ** 0.8));
      ranks[i] = top.best[offset + i]! < 0 ? rank : top.best[offset + i]!;
    }
    const spec = (array: 'mean_score' | 'max_score' | 'hits', dtype: 'F32' | 'I32') => ({
      name: neuronArrayName(layer, projection, array),
      dtype,
      shape: [width],
    });
    arrays.set(neuronArrayName(layer, projection, 'best_rank'), ranks);
    filled(
      spec('mean_score', 'F32'),
      (i) => 0.001 * normal() + (ranks[i]! < 0 ? 0 : 0.01 * (1 - ranks[i]! / rankLimit) ** 4),
    );
    filled(spec('max_score', 'F32'), () => Math.abs(0.05 * normal()));
    filled(spec('hits', 'I32'), (i) =>
      isReset(ranks[i]!, budget) ? 1 + Math.floor(((targets - 1) / 3) * (1 - ranks[i]! / budget) ** 12) : 0,
    );
  }
  const date = new Date(0).toISOString();
  const parameters = expectedParameters(architecture);
  const files = (folder: string) => ({
    folder,
    files: ['config.json', ...Array.from({ length: 5 }, (_, i) => `model-0000${i + 1}-of-00005.safetensors`)].map(
      (name) => ({
        name,
        bytes: 3.3e9,
        modified: date,
        sha256: 'ab'.repeat(32),
      }),
    ),
  });
  const rows = targetRows(recordSamples, rowOf);
  const draft: RecordDraft = {
    schema: 'rejuvenation-run',
    version: recordVersion,
    program: { name: 'rejuvenation-inspector', version: '0.1.0' },
    settings: {
      ...{ alpha: 0.5, rho, rhoMax, topN, samples: 0, seed: 0, holdout: 0, maxLength: 4096 },
      ...{ ...defaultCalibrationSettings, templateArgs: [] },
      ...{ memoryBytes: 24e9, device: 'cuda', processes: 0, threads: 0 },
      ...{ weights: 'float32', precision: 'float32', renamedRows: 'keep', topTokens },
    },
    inputs: {
      base: files('/models/base'),
      sft: files('/models/sft'),
      calibration: { name: '/data/calibration.jsonl', bytes: 250_000, modified: date, sha256: 'cd'.repeat(32) },
    },
    run: {
      started: date,
      finished: date,
      phases: [{ phase: 'attribution', seconds: 600 }],
      resumed: { base: 0, sft: 0, attribution: 0 },
    },
    engine: {
      device: 'cuda',
      processes: 1,
      refused: [],
      runtimeVersion: '1.30.0',
      products: 'float32',
      plans: { base: null, sft: null, attribution: null },
    },
    architecture,
    parameters,
    neurons: { total: layout.total, rankLimit, kept },
    reconstruction: reconstruction(logit, reconstructed),
    reset: resetSummary(layout, bestRank, rho, parameters),
    measurements: ['base', 'sft', 'rejuvenated'].map((name, position) =>
      measurement(name, `/models/${name}`, position, arrays, rows),
    ),
    samples: recordSamples,
    tokens: {
      ids: Array.from({ length: used }, (_, id) => id),
      texts: Array.from({ length: used }, (_, id) => tokenText(id)),
    },
    notes: [],
    checkpoints: [],
  };
  if (!arrays.has(measurementArrayName(2, 'entropy'))) throw new Error('a measurement has no arrays');
  await writeRecord(path, draft, layout, arrays);
}
