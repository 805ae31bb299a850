import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/process/engine.ts';
import type { SampleAttribution } from '../../src/method/attribution.ts';
import { responseRows } from '../../src/method/responseRows.ts';
import { selectTargets } from '../../src/method/targets.ts';
import type { SampleMeasures } from '../../src/protocol/engine.ts';
import type { Golden } from './golden.ts';

/** Samples that are worked on, of all in the request. */
export interface Span {
  readonly firstSample: number;
  readonly endSample?: number;
}

/** Entropies of every response row, samples one after the other. */
export async function entropies(
  engine: Engine,
  checkpoint: string,
  golden: Golden,
  { firstSample, endSample }: Span = { firstSample: 0 },
): Promise<Float32Array> {
  const found: SampleMeasures[] = [];
  await engine.measure(
    { checkpoint, samples: golden.samples, firstSample, endSample, topTokens: 5 },
    { onSample: (measures) => found.push(measures) },
  );
  assert.deepEqual(
    found.map((measures) => measures.index),
    golden.samples.slice(firstSample, endSample).map((sample) => sample.index),
  );
  return Float32Array.from(found.flatMap((measures) => [...measures.entropy]));
}

export function samplesWithTargets(golden: Golden) {
  let firstTarget = 0;
  return golden.samples.map((sample) => {
    const own = golden.targets.filter((target) => target.sample === sample.index);
    const targets = own.map(({ t, y }) => ({ row: t, gold: y }));
    firstTarget += targets.length;
    return { ...sample, targets, firstTarget: firstTarget - targets.length };
  });
}

/** Every target's scores `[targets, neurons]`, and what was found in each sample, both from `firstSample` on. */
export async function attribute(engine: Engine, golden: Golden, firstSample = 0, endSample?: number) {
  const folder = mkdtempSync(join(tmpdir(), 'scores-'));
  try {
    const path = join(folder, 'scores');
    writeFileSync(path, '');
    const samples: SampleAttribution[] = [];
    const plan = await engine.attribute(
      {
        checkpoint: golden.sft,
        samples: samplesWithTargets(golden),
        firstSample,
        endSample,
        rankLimit: golden.neurons,
        scores: { path, dataStart: 0 },
      },
      { onSample: (sample) => samples.push(sample) },
    );
    return { plan, samples, scores: new Float32Array(Uint8Array.from(readFileSync(path)).buffer) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Largest difference of two score rows, relative to the module's largest magnitude at that target. */
export function worstScore(golden: Golden, actual: Float32Array, expected: Float32Array): number {
  let worst = 0;
  for (let target = 0; target < expected.length / golden.neurons; target++) {
    for (const { offset, width } of golden.layout) {
      let magnitude = 0;
      let difference = 0;
      for (let i = target * golden.neurons + offset; i < target * golden.neurons + offset + width; i++) {
        magnitude = Math.max(magnitude, Math.abs(expected[i]!));
        difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
      }
      worst = Math.max(worst, difference / magnitude);
    }
  }
  return worst;
}

/** Targets by the method from entropies of all response rows. */
export function targetsFrom(golden: Golden, base: Float32Array, sft: Float32Array) {
  let from = 0;
  return golden.samples.flatMap((sample) => {
    const rowsOf = responseRows(sample.responses);
    const rows = [from, from + rowsOf.length] as const;
    from = rows[1];
    const offsets = selectTargets(base.subarray(...rows), sft.subarray(...rows), golden.settings.top_n);
    return [...offsets].map((offset) => ({
      sample: sample.index,
      t: rowsOf[offset]!,
      y: sample.ids[rowsOf[offset]! + 1],
    }));
  });
}

/**
 * Fails unless the union of every target's best neurons is the golden reset set, but for neurons whose score lies
 * within 1e-5 (relative) of the edge of some target's budget.
 */
export function assertResetSet(golden: Golden, samples: readonly SampleAttribution[], scores: Float32Array): void {
  const expected = new Set(golden.layout.flatMap(({ offset, reset }) => reset.map((neuron) => offset + neuron)));
  const ranked = samples.flatMap((sample) => sample.targets.map((target) => target.ranked));
  const actual = new Set(ranked.flatMap((neurons) => [...neurons.subarray(0, golden.budget)]));
  const differing = [...expected, ...actual].filter((neuron) => expected.has(neuron) !== actual.has(neuron));
  for (const neuron of differing) {
    const atEdge = golden.targets.some(({ kth_score }, target) => {
      const score = scores[target * golden.neurons + neuron]!;
      return Math.abs(score - kth_score) <= 1e-5 * Math.abs(kth_score);
    });
    assert.ok(atEdge, `neuron ${neuron} is ${actual.has(neuron) ? 'reset' : 'kept'}, and not at a budget's edge`);
  }
}

export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    assert.ok(difference <= tolerance, `${what} ${i}: ${actual[i]} is ${difference} from ${expected[i]}`);
  }
}

/** Limits of an engine's differences from the golden values. */
export interface Tolerance {
  /** Of a score, relative to its module's largest magnitude at that target. */
  readonly score: number;
  /** Of an entropy, nats. */
  readonly entropy: number;
  /** Of a target's logit, true and rebuilt. */
  readonly logit: number;
}

/** Fails unless entropies, scores and logits are the golden ones at the golden targets. */
export async function assertMeasures(engine: Engine, golden: Golden, tolerance: Tolerance) {
  const base = await entropies(engine, golden.base, golden);
  const sft = await entropies(engine, golden.sft, golden);
  assertClose(base, golden.entropy.base, tolerance.entropy, 'base entropy');
  assertClose(sft, golden.entropy.sft, tolerance.entropy, 'SFT entropy');
  const { plan, samples, scores } = await attribute(engine, golden);
  assert.equal(plan.segments, 1);
  const worst = worstScore(golden, scores, golden.scores);
  assert.ok(worst <= tolerance.score, `worst score is ${worst} off`);
  const found = samples.flatMap((sample) => sample.targets);
  assert.equal(found.length, golden.targets.length);
  for (const [i, { z }] of golden.targets.entries()) {
    assert.ok(Math.abs(found[i]!.logit - z) <= tolerance.logit, `logit ${i}`);
    assert.ok(Math.abs(found[i]!.reconstructedLogit - z) <= tolerance.logit, `rebuilt logit ${i}`);
  }
  return { base, sft, samples, scores };
}

/** Fails unless entropies, targets, scores, reset set and logits are the golden ones. */
export async function assertGolden(engine: Engine, golden: Golden, tolerance: Tolerance): Promise<void> {
  const { base, sft, samples, scores } = await assertMeasures(engine, golden, tolerance);
  assert.deepEqual(
    targetsFrom(golden, base, sft),
    golden.targets.map(({ sample, t, y }) => ({ sample, t, y })),
  );
  assertResetSet(golden, samples, scores);
}
