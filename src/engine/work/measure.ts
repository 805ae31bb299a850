import { type Responses, responseRowCount, responseRows } from '../../method/responseRows.ts';
import type { EngineOutcome, MeasureParams, SampleMeasures } from '../../protocol/engine.ts';
import type { Plan } from '../plan/plan.ts';
import { concatenated } from '../sessions/floatParts.ts';
import { HeadMeasures } from '../sessions/headMeasures.ts';
import type { ModelSessions } from '../sessions/modelSessions.ts';
import { RowReader } from '../sessions/rowReader.ts';
import type { FloatStore } from './floatStore.ts';
import { type SampleGroup, workInGroups } from './sampleGroups.ts';
import type { Steps, Work } from './work.ts';

/* Measuring in the engine: entropy, top-1 probability and NLL at every response row, segment by segment. */

type MeasuredSample = MeasureParams['samples'][number];

/**
 * Teacher-forces every sample and measures its response rows. Group by group, segment by segment: a group's residual
 * streams wait in memory while one segment after the other is loaded, and then one block of the head after the other.
 * Samples of a batch share every run.
 */
export async function measureSamples(
  sessions: ModelSessions,
  { samples, firstSample, endSample, topTokens }: MeasureParams,
  memoryBytes: number,
  work: Work,
  onSample: (measures: SampleMeasures) => Promise<void>,
): Promise<EngineOutcome> {
  const embedding = RowReader.ofEmbeddings(sessions.checkpoint);
  const workload = samples.map(({ ids, responses }) => {
    return { rows: ids.length, headRows: responseRowCount(responses), targets: [] };
  });
  try {
    return await workInGroups(sessions, memoryBytes, workload, { firstSample, endSample }, work, {
      attempt: (group, plan, steps, store) =>
        measureGroup(sessions, samples, group, topTokens, plan, embedding, steps, store),
      async deliver(found) {
        for (const measures of found) await onSample(measures);
      },
      stepsPerSample: ({ segments, headBlocks }) => segments + headBlocks.length,
    });
  } finally {
    embedding.close();
  }
}

async function measureGroup(
  sessions: ModelSessions,
  samples: readonly MeasuredSample[],
  group: SampleGroup,
  topTokens: number,
  plan: Plan,
  embedding: RowReader,
  steps: Steps,
  store: FloatStore,
): Promise<SampleMeasures[]> {
  const { hiddenSize, vocabSize } = sessions.checkpoint.architecture;
  const whole = plan.segments === 1;
  const wanted = new Set(group.positions);
  const batches = group.batches.map(({ from, to }) => {
    const passing = samples.slice(from, to).map((sample, i) => {
      const gold = Array.from(responseRows(sample.responses), (row) => sample.ids[row + 1]!);
      return {
        index: sample.index,
        wanted: wanted.has(from + i),
        responses: sample.responses,
        stream: store.put(embedding.read(sample.ids)),
        gold,
        measures: new HeadMeasures(gold.length, Math.min(topTokens, vocabSize)),
      };
    });
    return { passing, steps: passing.filter((each) => each.wanted).length };
  });
  const parts = [...plan.ranges.map((layers) => ({ layers })), ...plan.headBlocks.map((tokens) => ({ tokens }))];
  for (const [i, range] of plan.ranges.entries()) {
    await steps.next('load', 0);
    const segment = await sessions.segment(range, whole, parts[i + 1]);
    for (const { passing, steps: taken } of batches) {
      const left = await segment.forward(passing.map(({ stream }) => stream.read()));
      for (const [i, each] of passing.entries()) {
        each.stream.free();
        each.stream = store.put(left[i]!);
      }
      await steps.next('forward', taken);
    }
  }
  for (const [i, block] of plan.headBlocks.entries()) {
    await steps.next('load', 0);
    const head = await sessions.head(block, topTokens, whole, parts[plan.ranges.length + i + 1]);
    for (const { passing, steps: taken } of batches) {
      const measured = passing.map(({ stream, responses, gold, measures }) => ({
        stream: streamOfResponses(stream.read(), responses, hiddenSize),
        gold,
        measures,
      }));
      await head.measure(measured, plan.headRows);
      await steps.next('forward', taken);
    }
  }
  return batches
    .flatMap(({ passing }) => passing.filter((each) => each.wanted))
    .map(({ index, measures }) => ({ index, ...measures.result() }));
}

/** The rows of a residual stream `[T, D]` that are response rows. */
function streamOfResponses(stream: Float32Array, responses: Responses, width: number): Float32Array {
  return concatenated(responses.map(({ start, end }) => stream.subarray((start - 1) * width, (end - 1) * width)));
}
