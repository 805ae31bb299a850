import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readSafetensors } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import { fixtures } from '../paths.ts';
import type { Golden } from './golden.ts';

/* The golden scores and entropies in float64: what float32's own errors are measured against. */

export interface Exact {
  /** `[targets kept, neurons]`, as many targets as the golden. */
  readonly scores: Float32Array;
  /** At all response rows of the golden, samples one after the other. */
  readonly entropy: Readonly<Record<'base' | 'sft', Float32Array>>;
}

export async function loadFloat64(golden: Golden): Promise<Exact> {
  const folder = golden.name === 'real-over-r001' ? 'real-over' : golden.name;
  const tensors = await readSafetensors(join(fixtures, 'goldens', folder, 'float64.safetensors'));
  const floats = (tensor: string, length: number) => {
    const all = new Float32Array(Uint8Array.from(tensors.get(tensor)!.data).buffer);
    // A subarray beyond the end would be shorter, and what is missing compared with nothing.
    assert.ok(length > 0 && all.length >= length, `${folder}: ${tensor} has ${all.length} values, not ${length}`);
    return all.subarray(0, length);
  };
  const rows = golden.entropy.sft.length;
  return {
    scores: floats('scores', golden.scores.length),
    entropy: { base: floats('H_base', rows), sft: floats('H_sft', rows) },
  };
}

/** Largest difference of two score rows, relative to the target's largest magnitude. */
export function worstOfTarget(golden: Golden, actual: Float32Array, expected: Float32Array): number {
  let worst = 0;
  for (let from = 0; from < expected.length; from += golden.neurons) {
    let magnitude = 0;
    let difference = 0;
    for (let i = from; i < from + golden.neurons; i++) {
      magnitude = Math.max(magnitude, Math.abs(expected[i]!));
      difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    }
    worst = Math.max(worst, difference / magnitude);
  }
  return worst;
}

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(actual[i]! - expected[i]!));
  return largest;
}
