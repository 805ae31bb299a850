import type { MeasuredPoint, SweepRecord } from '../../record/sweep/sweepRecord.ts';
import { figure, type Page, page, text } from '../pages.ts';
import type { ToolDocument } from '../toolCall.ts';
import { measuredDocument } from './runSummary.ts';

/* A sweep record as agents read it: a summary, and its points in pages. */

const most = 16;

/** What was measured at a point. */
export function pointDocument(point: Omit<MeasuredPoint, 'seconds'>): ToolDocument {
  const { alpha, rho, selection, seed, anchor, neurons, neuronRatio, sampled } = point;
  return {
    ...{ alpha, rho, selection, seed, anchor, neurons },
    effective_reset_ratio: figure(neuronRatio),
    ...measuredDocument(point),
    ...(sampled === null
      ? {}
      : {
          sampled: {
            ...{ prompts: sampled.prompts, samples: sampled.samples, temperature: sampled.temperature, k: sampled.k },
            pass_at_1: figure(sampled.passAt1),
            pass_at_k: figure(sampled.passAtK),
            entropy: figure(sampled.entropy),
            evaluation_pass_at_1: figure(sampled.evaluation?.passAt1),
          },
        }),
  };
}

export function sweepSummary(record: SweepRecord, path: string): ToolDocument {
  const { run, points, anchors, references, notes, engine } = record;
  return {
    record: path,
    kind: 'sweep',
    run: { record: text(run.record), alpha: run.alpha, rho: run.rho, neurons: run.neurons },
    device: engine.device,
    points: points.length,
    anchors: anchors.slice(0, most).map(({ folder }) => text(folder)),
    references: references
      .slice(0, most)
      .map((measured) => ({ name: text(measured.name), ...measuredDocument(measured) })),
    notes: notes.slice(0, most).map(text),
  };
}

/** Points in the plan's order. */
export function pointsPage({ points }: SweepRecord, offset: number, room: number): Page<unknown> {
  return page(points.length, offset, room, (position) => pointDocument(points[position]!));
}
