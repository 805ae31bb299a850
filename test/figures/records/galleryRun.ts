/* The run record that the inspector's figures are drawn from. */
import type { Architecture, Projection } from '../../../src/checkpoint/architecture/architecture.ts';
import { expectedParameters } from '../../../src/checkpoint/architecture/expectedTensors.ts';
import { keptNeuronCount, noContributions, sumOf, termCount } from '../../../src/method/contributions.ts';
import { expertNeuron, type NeuronLayout, neuronLayout } from '../../../src/method/neuronLayout.ts';
import { responseRows } from '../../../src/method/responseRows.ts';
import type { RecordArray } from '../../../src/record/arrays/arrays.ts';
import { neuronArrayName } from '../../../src/record/run/recordArrays.ts';
import { writeRecord } from '../../../src/record/run/recordFile.ts';
import { reconstruction, usedTokens } from '../../../src/record/run/recordMeans.ts';
import { resetSummary } from '../../../src/record/run/resetReport.ts';
import { tinyRecord } from '../../unit/record/tinyRecord.ts';
import { galleryRows, keptTokens, measurementArrays } from './galleryRows.ts';
import { gallerySamples, vocabulary } from './galleryTexts.ts';
import { seeded } from './seeded.ts';

const galleryArchitecture: Architecture = {
  ...tinyRecord().draft.architecture,
  layers: 4,
  hiddenSize: 16,
  heads: 4,
  keyValueHeads: 2,
  headDim: 4,
  intermediateSize: 40,
  vocabSize: vocabulary.length,
};
/** The same with 16 experts in all layers but the first. */
export const mixtureArchitecture: Architecture = {
  ...galleryArchitecture,
  family: 'qwen3_moe',
  experts: { count: 16, perToken: 2, intermediateSize: 12, normalised: true, denseLayers: [0] },
};
const rho = 0.02;
const rhoMax = 0.1;
const topN = 8;

/** How much of the scores each projection has: resets gather in the later layers' MLPs, as in the paper. */
const shares: Readonly<Record<Projection, number>> = {
  q_proj: 0.5,
  k_proj: 0.3,
  v_proj: 0.8,
  o_proj: 0.9,
  gate_proj: 0.6,
  up_proj: 1.2,
  down_proj: 1.5,
};

/** Scores of every neuron, and the ranks that follow from them. */
function neuronArrays(layout: NeuronLayout, budget: number, rankLimit: number) {
  const random = seeded(7);
  const routed = seeded(5);
  const scores = layout.modules.map((module) => {
    const { layer, projection, width, experts = 0 } = module;
    // Some experts get many rows, some none.
    const busy = Array.from({ length: experts }, () => Math.max(2 * routed() - 0.6, 0) ** 2);
    return Float32Array.from({ length: width }, (_, neuron) => {
      const sign = random() < 0.15 ? -0.3 : 1;
      const share = busy[expertNeuron(module, neuron)?.expert ?? 0] ?? 1;
      return share * sign * shares[projection] * (1 + layer) * random() ** 5;
    });
  });
  const flat = scores.flatMap((own) => [...own]);
  const places = new Map(
    flat
      .map((score, neuron) => ({ score, neuron }))
      .sort((a, b) => b.score - a.score || a.neuron - b.neuron)
      .map(({ neuron }, place) => [neuron, place] as const),
  );
  // Targets differ in which neurons they rank: four neurons share every best rank.
  const rankOf = (neuron: number) => {
    const rank = Math.floor(places.get(neuron)! / 4);
    return rank < rankLimit ? rank : -1;
  };
  const bestRank = Int32Array.from(flat, (_, neuron) => rankOf(neuron));
  // 24 targets select as many neurons as the budget each, and four have every rank.
  const mostHits = budget > 24 ? 6 : budget;
  const arrays = new Map<string, RecordArray>();
  layout.modules.forEach(({ layer, projection, offset, width }, module) => {
    const own = bestRank.slice(offset, offset + width);
    arrays.set(neuronArrayName(layer, projection, 'best_rank'), own);
    arrays.set(neuronArrayName(layer, projection, 'mean_score'), scores[module]!);
    arrays.set(
      neuronArrayName(layer, projection, 'max_score'),
      scores[module]!.map((score) => 2.5 * Math.abs(score)),
    );
    arrays.set(
      neuronArrayName(layer, projection, 'hits'),
      own.map((rank) => (rank >= 0 && rank < budget ? Math.min(Math.ceil((budget - rank) / 2), mostHits) : 0)),
    );
  });
  return { arrays, bestRank, places };
}

/**
 * Terms that grow towards the last layers and add up to about the logits given, and the best neurons of each target: those
 * that share a place in the ranks take turns from target to target; but for the first places a sample has two of the four, one
 * of which the next sample has too.
 */
function contributionsOf(logits: Float64Array, layers: number, kept: number, places: ReadonlyMap<number, number>) {
  const random = seeded(11);
  const width = termCount(layers);
  const byPlace = [...places].sort((a, b) => a[1] - b[1]).map(([neuron]) => neuron);
  const found = noContributions({ targets: logits.length, terms: width, kept });
  const sums = logits.map((logit, target) => {
    const own = found.terms.subarray(target * width, (target + 1) * width);
    for (let i = 0; i + 1 < width; i++) own[i] = (random() - 0.3) * (1 + i);
    const scale = logit / sumOf(own);
    own.forEach((term, i) => {
      own[i] = term * scale;
    });
    for (let place = 0; place < kept; place++) {
      const turn = place < 3 ? target % 4 : (Math.floor(target / topN) + (target % 2)) % 4;
      found.topNeurons[target * kept + place] = byPlace[4 * place + turn]!;
      found.topScores[target * kept + place] = (1.5 + (target % 3) / 4) / (1 + place);
    }
    return sumOf(own);
  });
  return { ...found, logits: sums };
}

/** The rows with the largest gap of each sample, ascending, among all samples' rows. */
function targetsOf(base: Float32Array, sft: Float32Array): number[][] {
  let first = 0;
  return gallerySamples.map(({ rows }) => {
    const own = Array.from({ length: rows }, (_, i) => first + i);
    first += rows;
    const gap = (row: number) => Math.abs(sft[row]! - base[row]!);
    return own
      .sort((a, b) => gap(b) - gap(a) || a - b)
      .slice(0, topN)
      .sort((a, b) => a - b);
  });
}

/** Writes the run record that the inspector's figures are drawn from: 4 layers, 3 samples, 3 measured checkpoints. */
export async function writeGalleryRun(path: string, architecture = galleryArchitecture): Promise<void> {
  const { draft } = tinyRecord();
  const parameters = expectedParameters(architecture);
  const layout = neuronLayout(architecture);
  const rankLimit = Math.floor(rhoMax * layout.total);
  const { arrays, bestRank, places } = neuronArrays(layout, Math.floor(rho * layout.total), rankLimit);
  const names = ['base', 'sft', 'rejuvenated'];
  const measured = [galleryRows('base'), galleryRows('over'), galleryRows('rejuvenated')];
  const [base, sft] = measured.map((rows) => rows.arrays.entropy as Float32Array);
  const targets = targetsOf(base!, sft!);
  let [firstId, firstRow, firstTarget] = [0, 0, 0];
  const goldOf: number[] = [];
  const rowOf: number[] = [];
  const samples = gallerySamples.map(({ ids, responses, rows }, index) => {
    const own = targets[index]!;
    const sample = { line: index + 1, responses, firstId, tokens: ids.length, firstRow, rows, firstTarget };
    const logitRows = responseRows(responses);
    for (const row of own) {
      rowOf.push(logitRows[row - firstRow]!);
      goldOf.push(ids[logitRows[row - firstRow]! + 1]!);
    }
    firstId += ids.length;
    firstRow += rows;
    firstTarget += own.length;
    return { ...sample, targets: own.length, heldOut: false };
  });
  const logits = Float64Array.from(goldOf, (_, i) => 10 + i / 4);
  const kept = keptNeuronCount(rankLimit);
  const contributions = contributionsOf(logits, architecture.layers, kept, places);
  arrays.set('targets.terms', contributions.terms);
  arrays.set('targets.top_neurons', contributions.topNeurons);
  arrays.set('targets.top_scores', contributions.topScores);
  logits.set(contributions.logits);
  arrays.set('targets.logit', logits);
  arrays.set('targets.reconstructed_logit', logits);
  arrays.set('targets.sample', Int32Array.from(targets.flatMap((own, index) => own.map(() => index))));
  arrays.set('targets.row', Int32Array.from(rowOf));
  arrays.set('targets.gold', Int32Array.from(goldOf));
  arrays.set('samples.ids', Int32Array.from(gallerySamples.flatMap(({ ids }) => ids)));
  for (const [name, array] of measurementArrays(measured)) arrays.set(name, array);
  const used = usedTokens(arrays, vocabulary.length);
  await writeRecord(
    path,
    {
      ...draft,
      settings: { ...draft.settings, rho, rhoMax, topN, topTokens: keptTokens },
      architecture,
      parameters,
      neurons: { total: layout.total, rankLimit, kept },
      reset: resetSummary(layout, bestRank, rho, parameters),
      measurements: measured.map((rows, position) => ({
        name: names[position]!,
        folder: `/models/${names[position]}`,
        measured: draft.run.started,
        all: rows.means(),
        targets: rows.means(targets.flat()),
      })),
      samples,
      reconstruction: reconstruction(logits, logits),
      tokens: { ids: used, texts: used.map((id) => vocabulary[id]!) },
      notes: [],
    },
    layout,
    arrays,
  );
}
