import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { layerForm } from '../../checkpoint/architecture/families.ts';
import { finalNormName } from '../../checkpoint/architecture/tensorNames.ts';
import { attendingRows } from '../../graph/layers/attention/attentionChunks.ts';
import type { SampleAttribution, Target } from '../../method/attribution.ts';
import { neuronLayout } from '../../method/neuronLayout.ts';
import type { AttributeParams, EngineOutcome } from '../../protocol/engine.ts';
import { activeLayerWeights } from '../plan/layerWeights.ts';
import type { Plan } from '../plan/plan.ts';
import { targetBatches } from '../plan/targetBatches.ts';
import type { ModelSessions } from '../sessions/modelSessions.ts';
import { RowReader } from '../sessions/rowReader.ts';
import type { FloatStore, Stored } from './floatStore.ts';
import { RankingQueue } from './ranking/rankingQueue.ts';
import { RankThread } from './ranking/rankThread.ts';
import { type SampleGroup, workInGroups } from './sampleGroups.ts';
import { SampleScores } from './sampleScores.ts';
import { ScoreFile } from './scoreFile.ts';
import type { Steps, Work } from './work.ts';

/* Attribution in the engine: scores every neuron for every target, segment by segment. */

type AttributedSample = AttributeParams['samples'][number];

/** A batch of targets on its way down through the segments. */
interface Batch {
  readonly targets: readonly Target[];
  /** `gamma ⊙ W_U[y*]`, over the logits' divisor, before the last segment, `d` after it. `[N, D]`. */
  direction: Float32Array;
  gradient: Stored | undefined;
}

/**
 * Attention's share of a row's work: four products with `[T, hd]` a head and about as much time again for passes over
 * `[T, T]`, against one product with every weight of the layer.
 */
function paddingShare(architecture: Architecture, rows: number) {
  const { heads, headDim } = architecture;
  const attention = 8 * rows * heads * headDim;
  const weights = activeLayerWeights(architecture);
  return attention / (attention + weights);
}

/**
 * Scores every neuron for every target. Group by group; in a group the segments are walked forward, keeping the
 * residual stream that enters each, then backward with forward and backward of a segment in one run. The last
 * segment's separate forward is never needed.
 */
export async function attributeSamples(
  sessions: ModelSessions,
  { samples, firstSample, endSample, rankLimit, scores }: AttributeParams,
  memoryBytes: number,
  work: Work,
  onSample: (attribution: SampleAttribution) => Promise<void>,
): Promise<EngineOutcome> {
  const { architecture } = sessions.checkpoint;
  const layout = neuronLayout(architecture);
  const workload = samples.map(({ targets }) => {
    const rows = targets.map(({ row }) => row);
    return { rows: (rows.at(-1) ?? -1) + 1, headRows: 0, targets: rows };
  });
  if (sessions.failedToRank)
    work.note('The GPU does not rank neurons as it should: the host does, with the same result.');
  const reader = new HeadReader(sessions);
  const thread = RankThread.shared();
  const ranking = new RankingQueue((request) => thread.rank(request));
  const file = scores === undefined ? undefined : new ScoreFile(scores.path, scores.dataStart, layout.total);
  try {
    // The host deals no more until it has every result, the one being ranked too.
    const dealing = { ...work, deal: (atMost: number) => ranking.during(work.deal(atMost)) };
    const outcome = await workInGroups(sessions, memoryBytes, workload, { firstSample, endSample }, dealing, {
      attempt: (group, plan, steps, store) =>
        attributeGroup(sessions, samples, group, plan, reader, rankLimit, file !== undefined, steps, store),
      async deliver(found) {
        for (const each of found) {
          const known = each.ranking;
          if (known !== undefined) {
            if (file !== undefined) file.write(each.sample.firstTarget, each.take());
            // One before it may be with the thread still, as are those of several batches: results go out in order.
            await ranking.finish();
            await onSample(each.result(known));
            continue;
          }
          const all = each.take();
          file?.write(each.sample.firstTarget, all);
          const targets = each.sample.targets.length;
          const request = { scores: all, targets, neurons: layout.total, limit: rankLimit };
          await ranking.add(request, (found) => onSample(each.result(found)));
        }
      },
      stepsPerSample: ({ segments }) => 2 * segments - 1,
    });
    await ranking.finish();
    return outcome;
  } finally {
    reader.close();
    file?.close();
  }
}

function lastRow(sample: AttributedSample): number {
  return sample.targets.at(-1)!.row;
}

async function attributeGroup(
  sessions: ModelSessions,
  samples: readonly AttributedSample[],
  group: SampleGroup,
  plan: Plan,
  reader: HeadReader,
  rankLimit: number,
  wantScores: boolean,
  steps: Steps,
  store: FloatStore,
): Promise<SampleScores[]> {
  const whole = plan.segments === 1;
  const { architecture } = sessions.checkpoint;
  const { hiddenSize } = architecture;
  const layout = neuronLayout(architecture);
  const embed = (sample: AttributedSample) => store.put(reader.embed(sample.ids.subarray(0, lastRow(sample) + 1)));
  const states = group.positions.map((position) => {
    const sample = samples[position]!;
    const batches = targetBatches(sample.targets, {
      maxTargets: plan.targetsPerBatch,
      overheadRows: sessions.costs.attributionRun,
      paddingRow: paddingShare(architecture, sample.ids.length),
      attendingRows,
    }).map((targets): Batch => ({ targets, direction: reader.directions(targets), gradient: undefined }));
    const streams = sample.targets.length === 0 ? [] : [embed(sample)];
    return {
      position,
      length: sample.ids.length,
      streams,
      batches,
      scores: new SampleScores(sample, layout.total, architecture.layers, store),
    };
  });
  const active = states.filter((state) => state.batches.length > 0);

  await forwardWalk(sessions, samples, group, active, plan, embed, steps, store);
  const downward = plan.ranges.toReversed();
  for (const [i, range] of downward.entries()) {
    await steps.next('load', 0);
    const layers = downward[i + 1];
    const segment = await sessions.segment(range, whole, layers && { layers });
    const modules = layout.modules.filter(({ layer }) => layer >= range.from && layer < range.to);
    const offset = modules[0]!.offset;
    const width = modules.reduce((sum, module) => sum + module.width, 0);
    for (const { length, streams, batches, scores } of active) {
      const stored = streams.pop()!;
      const stream = stored.read();
      let first = 0;
      for (const batch of batches) {
        const { targets, direction, gradient } = batch;
        // Of several batches sums would go to the device and back again: more bytes than the scores.
        const ranking = segment.ranks && batches.length === 1 && { limit: rankLimit, scores: wantScores };
        const whole = { targets, length, direction, gradient: gradient?.read(), ...(ranking && { ranking }) };
        const attributed = await segment.attribute(stream, whole);
        scores.ranking = attributed.ranking;
        if (attributed.direction.length > 0) {
          batch.direction = attributed.direction;
          scores.setLogits(
            first,
            attributed.logit,
            batch.targets.map((target) => reader.bias(target.gold)),
          );
        }
        gradient?.free();
        batch.gradient = store.put(attributed.gradient);
        scores.setWrites(first, range, attributed.writes);
        if (range.from === 0) scores.setEmbedding(first, stream, batch.direction, hiddenSize);
        if (attributed.scores.length > 0) scores.setScores(first, offset, attributed.scores, width);
        first += batch.targets.length;
      }
      stored.free();
      await steps.next('backward');
    }
  }
  return states.map((state) => state.scores);
}

/**
 * Passes the group's streams through all segments but the last, and keeps with each sample the stream that enters each
 * segment. Samples of a batch share every run, those that are finished too: they only pass.
 */
async function forwardWalk(
  sessions: ModelSessions,
  samples: readonly AttributedSample[],
  group: SampleGroup,
  active: readonly { readonly position: number; readonly streams: Stored[] }[],
  plan: Plan,
  embed: (sample: AttributedSample) => Stored,
  steps: Steps,
  store: FloatStore,
): Promise<void> {
  if (plan.segments === 1) return;
  const kept = new Map(active.map(({ position, streams }) => [position, streams]));
  const batches = group.batches
    .map(({ from, to }) =>
      samples.slice(from, to).flatMap((sample, i) => {
        if (sample.targets.length === 0) return [];
        const streams = kept.get(from + i);
        const { length } = sample.ids;
        return [{ wanted: streams !== undefined, length, streams: streams ?? [embed(sample)] }];
      }),
    )
    .filter((batch) => batch.some(({ wanted }) => wanted));
  for (const [i, range] of plan.ranges.slice(0, -1).entries()) {
    await steps.next('load', 0);
    const segment = await sessions.segment(range, false, { layers: plan.ranges[i + 1]! });
    for (const batch of batches) {
      const left = await segment.forward(
        batch.map(({ streams }) => streams.at(-1)!.read()),
        batch.map(({ length }) => length),
      );
      for (const [i, { wanted, streams }] of batch.entries()) {
        if (!wanted) streams.pop()!.free();
        streams.push(store.put(left[i]!));
      }
      await steps.next('forward', batch.filter(({ wanted }) => wanted).length);
    }
  }
}

/** Rows of embedding and head that attribution needs, read from the checkpoint's files. */
class HeadReader {
  readonly #embedding: RowReader;
  readonly #head: RowReader;
  readonly #gamma: Float32Array;
  readonly #bias: Float32Array | undefined;
  /** Of logits. */
  readonly #divisor: number;

  constructor({ checkpoint }: ModelSessions) {
    this.#embedding = RowReader.ofEmbeddings(checkpoint);
    this.#head = RowReader.ofVocabulary(checkpoint, 'head');
    const readAll = (reader: RowReader) => {
      try {
        return reader.readAll();
      } finally {
        reader.close();
      }
    };
    const { headBias, logitDivisor = 1 } = checkpoint.architecture;
    const weight = readAll(RowReader.ofTensor(checkpoint, finalNormName));
    this.#gamma = layerForm(checkpoint.architecture).normsAddOne ? weight.map((value) => value + 1) : weight;
    this.#divisor = logitDivisor;
    this.#bias = headBias ? readAll(RowReader.ofVocabulary(checkpoint, 'headBias')) : undefined;
  }

  /** `[T, D]`. */
  embed(ids: Uint32Array): Float32Array {
    return this.#embedding.read(ids);
  }

  /** `gamma ⊙ W_U[y*]` of each target, over the logits' divisor, `[N, D]`. */
  directions(targets: readonly Target[]): Float32Array {
    const width = this.#gamma.length;
    const rows = this.#head.read(targets.map((target) => target.gold));
    return rows.map((value, i) => (value * this.#gamma[i % width]!) / this.#divisor);
  }

  bias(token: number): number {
    return (this.#bias?.[token] ?? 0) / this.#divisor;
  }

  close(): void {
    this.#embedding.close();
    this.#head.close();
  }
}
