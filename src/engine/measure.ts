import { responseRows } from '../calibration/sample.ts';
import { embeddingName } from '../checkpoint/tensorNames.ts';
import type { EngineOutcome, MeasureParams, SampleMeasures } from '../protocol/engine.ts';
import type { FloatStore } from './floatStore.ts';
import { HeadMeasures } from './headMeasures.ts';
import type { ModelSessions } from './modelSessions.ts';
import type { Plan } from './plan.ts';
import { RowReader } from './rowReader.ts';
import { workInGroups } from './sampleGroups.ts';
import type { Steps, Work } from './work.ts';

type MeasuredSample = MeasureParams['samples'][number];

/**
 * Teacher-forces every sample and measures its response rows. Group by group, segment by segment: a group's residual
 * streams wait in memory while one segment after the other is loaded, and then one block of the head after the other.
 */
export async function measureSamples(
  sessions: ModelSessions,
  { samples, firstSample, topTokens }: MeasureParams,
  memoryBytes: number,
  work: Work,
  onSample: (measures: SampleMeasures) => Promise<void>,
): Promise<EngineOutcome> {
  const embedding = new RowReader(sessions.checkpoint, embeddingName);
  const workload = samples.map((sample) => {
    const { start, end } = responseRows(sample);
    return { rows: sample.ids.length, headRows: end - start, targets: [] };
  });
  try {
    return await workInGroups(sessions, memoryBytes, workload, firstSample, work, {
      attempt(positions, plan, steps, store) {
        const group = positions.map((position) => samples[position]!);
        return measureGroup(sessions, group, topTokens, plan, embedding, steps, store);
      },
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
  group: readonly MeasuredSample[],
  topTokens: number,
  plan: Plan,
  embedding: RowReader,
  steps: Steps,
  store: FloatStore,
): Promise<SampleMeasures[]> {
  const { hiddenSize, vocabSize } = sessions.checkpoint.architecture;
  const whole = plan.segments === 1;
  const streams = group.map((sample) => store.put(embedding.read(sample.ids)));
  for (const range of plan.ranges) {
    await steps.next('load', 0);
    const segment = await sessions.segment(range, whole);
    for (let i = 0; i < group.length; i++) {
      const left = await segment.forward(streams[i]!.read());
      streams[i]!.free();
      streams[i] = store.put(left);
      await steps.next('forward');
    }
  }
  const measured = group.map((sample, i) => {
    const { start, end } = responseRows(sample);
    return {
      index: sample.index,
      rows: { from: start * hiddenSize, to: end * hiddenSize },
      stream: streams[i]!,
      gold: Array.from(sample.ids.subarray(start + 1, end + 1)),
      measures: new HeadMeasures(end - start, Math.min(topTokens, vocabSize)),
    };
  });
  for (const block of plan.headBlocks) {
    await steps.next('load', 0);
    const head = await sessions.head(block, topTokens, whole);
    for (const { stream, rows, gold, measures } of measured) {
      await head.measure(stream.read().subarray(rows.from, rows.to), gold, plan.headRows, measures);
      await steps.next('forward');
    }
  }
  return measured.map(({ index, measures }) => ({ index, ...measures.result() }));
}
