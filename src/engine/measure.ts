import { responseRows } from '../calibration/sample.ts';
import { embeddingName } from '../checkpoint/tensorNames.ts';
import type { MeasureParams, SampleMeasures } from '../protocol/engine.ts';
import type { ModelSessions } from './modelSessions.ts';
import { type Plan, planWork } from './plan.ts';
import { RowReader } from './rowReader.ts';
import { Steps, type Work } from './work.ts';

/**
 * Teacher-forces every sample and measures its response rows. Group by group, segment by segment: a group's residual
 * streams wait in memory while one segment after the other is loaded.
 */
export async function measureSamples(
  sessions: ModelSessions,
  { samples, firstSample, topTokens }: MeasureParams,
  memoryBytes: number,
  work: Work,
  onSample: (measures: SampleMeasures) => Promise<void>,
): Promise<Plan> {
  const { architecture } = sessions.checkpoint;
  const longest = Math.max(0, ...samples.map((sample) => sample.ids.length));
  const plan = planWork(architecture, memoryBytes, { longest, samples: samples.length, targets: 0 });
  const whole = plan.segments === 1;
  const steps = new Steps(work, (samples.length - firstSample) * (plan.segments + 1));
  const embedding = new RowReader(sessions.checkpoint, embeddingName);
  try {
    let dealt = await work.deal(plan.samplesPerGroup);
    while (dealt.length > 0) {
      const group = dealt.map((position) => samples[position]!);
      const streams = group.map((sample) => embedding.read(sample.ids));
      for (const range of plan.ranges) {
        await steps.next('load', 0);
        const segment = await sessions.segment(range, whole);
        for (let i = 0; i < group.length; i++) {
          streams[i] = await segment.forward(streams[i]!);
          await steps.next('forward');
        }
      }
      const next = work.deal(plan.samplesPerGroup);
      const head = await sessions.head(topTokens, whole);
      for (let i = 0; i < group.length; i++) {
        const { index, ids } = group[i]!;
        const { start, end } = responseRows(group[i]!);
        const stream = streams[i]!.subarray(start * architecture.hiddenSize, end * architecture.hiddenSize);
        const gold = Array.from(ids.subarray(start + 1, end + 1));
        await onSample({ index, ...(await head.measure(stream, gold, plan.headRows)) });
        await steps.next('forward');
      }
      dealt = await next;
    }
  } finally {
    embedding.close();
  }
  return plan;
}
