import type { EnginePlan } from '../../protocol/engine.ts';
import { showBytes } from '../../settings/memorySize.ts';

/* The engine's plan as one line for people. */

const count = (value: number, noun: string, plural = `${noun}s`) => `${value} ${value === 1 ? noun : plural}`;

/** `1.2 TFLOP`: three digits, the largest unit that keeps the number above 1. */
export function showFlops(flops: number): string {
  const units = ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP', 'PFLOP', 'EFLOP'];
  const power = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, flops)) / 3)));
  return `${Number((flops / 1000 ** power).toPrecision(3))} ${units[power]}`;
}

/** `6 segments of 4 layers, 12 samples and 8 targets at a time; about 1.9 GB, 2 passes over the weights, 12 TFLOP`. */
export function planText({
  segments,
  layersPerSegment,
  samplesPerGroup,
  targetsPerBatch,
  weights,
  estimate,
}: EnginePlan): string {
  const cut =
    segments === 1
      ? `all ${count(layersPerSegment, 'layer')}`
      : `${segments} segments of ${count(layersPerSegment, 'layer')}`;
  const batch = [
    count(samplesPerGroup, 'sample'),
    ...(targetsPerBatch === 0 ? [] : [count(targetsPerBatch, 'target')]),
  ];
  const scratch = estimate.scratchBytes === 0 ? '' : ` and ${showBytes(estimate.scratchBytes)} on disk`;
  const memory = `${showBytes(estimate.memoryBytes)}${scratch}`;
  const passes = count(Number(estimate.weightPasses.toPrecision(2)), 'pass', 'passes');
  const held = weights === 'stored' ? ', weights held as stored' : '';
  return `${cut}, ${batch.join(' and ')} at a time${held}; about ${memory}, ${passes} over the weights, ${showFlops(estimate.flops)}`;
}
