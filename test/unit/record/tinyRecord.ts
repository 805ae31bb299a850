import type { Architecture } from '../../../src/checkpoint/architecture/architecture.ts';
import { type NeuronLayout, neuronLayout } from '../../../src/method/neuronLayout.ts';
import type { RecordArray } from '../../../src/record/arrays/arrays.ts';
import { recordArraySpecs } from '../../../src/record/run/recordArrays.ts';
import type { RecordDraft } from '../../../src/record/run/recordFile.ts';
import { defaultCalibrationSettings } from '../../../src/settings/calibrationSettings.ts';

export const tinyArchitecture: Architecture = {
  family: 'llama',
  layers: 2,
  hiddenSize: 4,
  heads: 2,
  keyValueHeads: 1,
  headDim: 2,
  intermediateSize: 6,
  vocabSize: 10,
  rmsNormEps: 1e-6,
  ropeTheta: 10000,
  ropeScaling: { type: 'default' },
  maxPositions: 64,
  tiedEmbeddings: true,
  queryKeyNorm: false,
  biases: {
    q_proj: false,
    k_proj: false,
    v_proj: false,
    o_proj: false,
    gate_proj: false,
    up_proj: false,
    down_proj: false,
  },
  headBias: false,
};

const date = '2026-01-02T03:04:05.678Z';

/** A record of two samples (3 + 2 response rows) with two targets each, and its arrays, consistent in every part. */
export function tinyRecord(): { draft: RecordDraft; layout: NeuronLayout; arrays: Map<string, RecordArray> } {
  const layout = neuronLayout(tinyArchitecture);
  const means = { entropy: 0.5, top1Probability: 0.75, negativeLogLikelihood: 1.25 };
  const measurement = (name: string) => ({
    name,
    folder: `/models/${name}`,
    measured: date,
    all: { rows: 5, ...means },
    targets: { rows: 4, ...means },
  });
  const files = (folder: string) => ({
    folder,
    files: ['model.safetensors', 'config.json'].map((name) => ({
      ...{ name, bytes: 100, modified: date, sha256: 'ab'.repeat(32) },
    })),
  });
  const draft: RecordDraft = {
    schema: 'rejuvenation-run',
    version: 3,
    program: { name: 'rejuvenation-inspector', version: '0.1.0' },
    settings: {
      alpha: 0.5,
      rho: 0.02,
      rhoMax: 0.09,
      topN: 2,
      maxLength: 64,
      samples: 128,
      seed: 0,
      holdout: 0,
      ...defaultCalibrationSettings,
      templateArgs: [],
      memoryBytes: 4e9,
      device: 'auto',
      processes: 0,
      threads: 0,
      weights: 'float32',
      precision: 'float32',
      renamedRows: 'keep',
      topTokens: 2,
    },
    inputs: {
      base: files('/models/base'),
      sft: files('/models/sft'),
      calibration: { name: '/data/pairs.jsonl', bytes: 10, modified: date, sha256: 'cd'.repeat(32) },
    },
    run: {
      started: date,
      finished: date,
      phases: [{ phase: 'load', seconds: 0.25 }],
      resumed: { base: 0, sft: 0, attribution: 0 },
    },
    engine: {
      device: 'cpu',
      processes: 1,
      refused: [{ device: 'cuda', reason: 'not there' }],
      runtimeVersion: '1.30.0',
      products: 'float32',
      plans: {
        base: null,
        sft: null,
        attribution: {
          segments: 1,
          layersPerSegment: 2,
          samplesPerGroup: 1,
          targetsPerBatch: 2,
          forwardRows: 0,
          weights: 'float32',
          estimate: { memoryBytes: 120e6, scratchBytes: 0, weightPasses: 1, flops: 1e9 },
          peakBytes: 110e6,
        },
      },
    },
    calibration: {
      shape: 'pair',
      label: 'pairs of "prompt" and "response"',
      templates: [],
      templateArgs: [],
      turns: 'all',
      special: { before: ['<s>'], after: [] },
      rows: 3,
      skipped: 1,
    },
    architecture: tinyArchitecture,
    parameters: 300,
    neurons: { total: layout.total, rankLimit: 5, kept: 0 },
    reconstruction: { maxError: 0.25, meanError: 0.125 },
    reset: {
      budget: 1,
      neurons: 2,
      neuronRatio: 2 / layout.total,
      parameters: 8,
      parameterRatio: 8 / 300,
      modules: layout.modules.map(({ layer, projection, width }, index) => ({
        layer,
        projection,
        width,
        neurons: index < 2 ? 1 : 0,
        parameters: index < 2 ? 4 : 0,
      })),
    },
    measurements: [measurement('base'), measurement('sft')],
    samples: [
      {
        line: 1,
        responses: [{ start: 2, end: 5 }],
        firstId: 0,
        tokens: 5,
        firstRow: 0,
        rows: 3,
        firstTarget: 0,
        targets: 2,
        heldOut: false,
      },
      {
        line: 3,
        responses: [{ start: 1, end: 3 }],
        firstId: 5,
        tokens: 3,
        firstRow: 3,
        rows: 2,
        firstTarget: 2,
        targets: 2,
        heldOut: false,
      },
    ],
    tokens: { ids: [1, 2, 3, 4, 5, 6, 7, 8], texts: ['a', ' b', '\n', '\u202e', 'e', 'f', 'g', 'h'] },
    notes: ['line 2 was skipped'],
    checkpoints: [],
  };
  const arrays = new Map<string, RecordArray>();
  for (const { name, dtype, shape } of recordArraySpecs(draft, layout)) {
    const length = shape.reduce((product, size) => product * size, 1);
    if (dtype === 'F64')
      arrays.set(
        name,
        Float64Array.from({ length }, (_, i) => i + 0.1),
      );
    if (dtype === 'F32')
      arrays.set(
        name,
        Float32Array.from({ length }, (_, i) => (i % 7) / 7),
      );
    if (dtype === 'I32')
      arrays.set(
        name,
        Int32Array.from({ length }, (_, i) => i % 5),
      );
    if (name.endsWith('.entropy')) arrays.get(name)!.fill(means.entropy);
    if (name.endsWith('.top1_probability')) arrays.get(name)!.fill(means.top1Probability);
    if (name.endsWith('.nll')) arrays.get(name)!.fill(means.negativeLogLikelihood);
    if (name.endsWith('.top_probabilities')) arrays.get(name)!.set([0.5, 0.375, 0.5, 0.25, 1, 0, 0.5, 0.5, 0.75, 0.25]);
    if (name.endsWith('.top_ids')) arrays.get(name)!.set([1, 2, 3, 4, 5, 6, 7, 8, 1, 2]);
    // No rank of 0 but where a neuron is reset.
    if (name.endsWith('.best_rank'))
      arrays.set(
        name,
        Int32Array.from({ length }, (_, i) => [-1, 3, 1, 2, 4][i % 5]!),
      );
    if (name.endsWith('.hits')) arrays.get(name)!.fill(0);
  }
  // Four targets select one neuron each: two neurons, by two targets each.
  for (const projection of ['q_proj', 'k_proj']) {
    arrays.get(`layers.0.${projection}.best_rank`)![1] = 0;
    arrays.get(`layers.0.${projection}.hits`)![1] = 2;
  }
  arrays.set('targets.reconstructed_logit', Float64Array.of(0, 1, 2, 3));
  arrays.set('targets.logit', Float64Array.of(0.25, 1, 2, 3.25));
  arrays.set('samples.ids', Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  arrays.set('targets.sample', Int32Array.of(0, 0, 1, 1));
  arrays.set('targets.row', Int32Array.of(1, 3, 0, 1));
  arrays.set('targets.gold', Int32Array.of(3, 5, 7, 8));
  return { draft, layout, arrays };
}

/** The same, which keeps the terms of every target's logit, and the one neuron that pushes it most. */
export function contributionsRecord(): ReturnType<typeof tinyRecord> {
  const { draft, layout, arrays } = tinyRecord();
  draft.version = 3;
  draft.neurons.kept = 1;
  const keys = layout.modules.find(({ projection }) => projection === 'k_proj')!.offset;
  // Of target i: embedding 0.5, the last feed-forward block i - 0.75, head bias 0.25.
  arrays.set('targets.terms', Float32Array.from([0, 1, 2, 3].flatMap((i) => [0.5, 0, 0, 0, i - 0.75, 0.25])));
  arrays.set('targets.top_neurons', Int32Array.of(1, keys + 1, keys + 1, 1));
  arrays.set('targets.top_scores', Float32Array.of(0.5, 0.25, 0.75, 1));
  return { draft, layout, arrays };
}

/** The same, its second sample held out: only the first has targets. */
export function heldOutRecord(): ReturnType<typeof tinyRecord> {
  const { draft, layout, arrays } = tinyRecord();
  const [first, second] = draft.samples;
  draft.settings.holdout = 0.5;
  draft.samples = [first!, { ...second!, targets: 0, heldOut: true }];
  draft.measurements = draft.measurements.map((each) => ({
    ...each,
    targets: { ...each.targets, rows: 2 },
    heldOut: { ...each.all, rows: 2 },
  }));
  for (const name of ['sample', 'row', 'gold', 'logit', 'reconstructed_logit']) {
    arrays.set(`targets.${name}`, arrays.get(`targets.${name}`)!.slice(0, 2));
  }
  for (const projection of ['q_proj', 'k_proj']) arrays.get(`layers.0.${projection}.hits`)![1] = 1;
  draft.reconstruction = { maxError: 0.25, meanError: 0.125 };
  return { draft, layout, arrays };
}

/** The same, its first sample a conversation with two of the assistant's turns: token 1, and tokens 4 and 5. */
export function twoTurnRecord(): ReturnType<typeof tinyRecord> {
  const { draft, layout, arrays } = tinyRecord();
  const [first, second] = draft.samples;
  const responses = [
    { start: 1, end: 2 },
    { start: 4, end: 6 },
  ];
  draft.samples = [
    { ...first!, tokens: 6, responses },
    { ...second!, firstId: 6 },
  ];
  arrays.set('samples.ids', Int32Array.of(1, 2, 3, 4, 5, 6, 6, 7, 8));
  arrays.set('targets.row', Int32Array.of(0, 4, 0, 1));
  arrays.set('targets.gold', Int32Array.of(2, 6, 7, 8));
  return { draft, layout, arrays };
}
