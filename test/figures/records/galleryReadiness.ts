/* The readiness record that the readiness page's figures are drawn from: a base and a series that grows surer and narrower. */

import { coverageOf } from '../../../src/readiness/statistics/coverage.ts';
import { entropyEdges } from '../../../src/readiness/statistics/entropyHistogram.ts';
import { sampledFigures } from '../../../src/readiness/statistics/sampledFigures.ts';
import { SampledTally } from '../../../src/readiness/statistics/sampledTally.ts';
import { teacherForced } from '../../../src/readiness/teacherForced.ts';
import { defaultConditions, parseCondition } from '../../../src/readiness/verdict/conditions.ts';
import { nllGap, verdictOn } from '../../../src/readiness/verdict/verdict.ts';
import { writeReadiness } from '../../../src/record/readiness/readinessFile.ts';
import type { ReadinessRecord, ReadinessRow } from '../../../src/record/readiness/readinessRecord.ts';
import { seeded } from './seeded.ts';

const samples = 16;
const prompts = 40;
const groups = [4, 8, 16, 32];

/** How sure the checkpoint is (1: as the base), how often it is right where it can be, and which prompts it can solve. */
const checkpoints = [
  { name: 'base', step: undefined, spread: 1, right: 0.2, solves: 0.8 },
  { name: 'checkpoint-100', step: 100, spread: 0.5, right: 0.45, solves: 0.75 },
  { name: 'checkpoint-400', step: 400, spread: 0.12, right: 0.8, solves: 0.5 },
  { name: 'checkpoint-1600', step: 1600, spread: 0.02, right: 0.97, solves: 0.35 },
] as const;

function entropies(count: number, spread: number, random: () => number): Float32Array {
  return Float32Array.from({ length: count }, () => 3 * spread * random() ** 4 + 1e-5);
}

function sampled(position: number, temperature: number): ReturnType<typeof sampledFigures> {
  const { spread, right, solves } = checkpoints[position]!;
  // Which prompts are hard is the same for all.
  const hard = seeded(7);
  const random = seeded(100 + position);
  const tally = new SampledTally();
  const each = temperature === 0 ? 1 : samples;
  for (let prompt = 0; prompt < prompts; prompt++) {
    const able = 0.85 * hard() + 0.15 * random() < solves;
    const grades = Array.from({ length: each }, () => {
      const correct = able && random() < right;
      return { correct, answer: correct ? 'right' : `wrong ${Math.floor(4 * random())}` };
    });
    const rollouts = grades.map(() => ({
      ...{ text: '', tokens: 20 + Math.floor(20 * random()), stopped: random() < 0.95, reward: null },
      logProbabilities: Float32Array.of(-spread * random()),
      entropies: entropies(24, spread, random),
    }));
    tally.add({ prompt, rollouts }, grades);
  }
  return sampledFigures(tally, temperature === 0 ? [] : groups, 0);
}

function forced(position: number, more: number): ReturnType<typeof teacherForced> {
  const { spread } = checkpoints[position]!;
  const random = seeded(500 + position + more);
  const rows = 400;
  return teacherForced([
    {
      entropy: entropies(rows, spread, random),
      top1Probability: Float32Array.from({ length: rows }, () => 1 - 0.6 * spread * random() ** 2),
      negativeLogLikelihood: Float32Array.from({ length: rows }, () => (spread + more) * random()),
    },
  ]);
}

/** @param names of the checkpoints, where they are to be others */
export function galleryReadiness(names: readonly string[] = checkpoints.map(({ name }) => name)): ReadinessRecord {
  const temperatures = [1, 0.6, 0].slice(0, 2);
  const conditions = [...defaultConditions, { ...parseCondition('pass@16=0.55', 'min') }];
  const base = temperatures.map((temperature) => sampled(0, temperature));
  const rows = checkpoints.map(({ step }, position): ReadinessRow => {
    const [training, heldOut] = [forced(position, 0), forced(position, 0.1 * position)];
    const answers = temperatures.map((temperature, t) => {
      const figures = position === 0 ? base[t]! : sampled(position, temperature);
      return { figures, temperature, coverage: position === 0 ? null : coverageOf(base[t]!.counts, figures.counts) };
    });
    const [first] = answers;
    const judged = { training, heldOut, sampled: first!.figures, coverage: first!.coverage };
    const { ready, outcomes } = verdictOn(position === 0 ? [] : conditions, judged);
    return structuredClone({
      name: names[position]!,
      checkpoint: {
        ...{ name: names[position]!, folder: `/models/${names[position]!}`, ...(step !== undefined && { step }) },
        ...{ parameters: 1000, files: [], configSha256: 'a'.repeat(64) },
      },
      isBase: position === 0,
      ...{ training, heldOut, nllGap: nllGap(training, heldOut) },
      sampled: answers.map(({ figures, temperature, coverage }) => ({ temperature, ...figures, coverage })),
      ...{ ready, outcomes },
    }) as unknown as ReadinessRow;
  });
  const lines = {
    files: [{ path: '/data/lines.jsonl', sha256: 'b'.repeat(64) }],
    reading: {
      ...{ shape: 'pair' as const, label: 'prompt and response', templates: [], templateArgs: [] },
      ...{ turns: 'all' as const, special: { before: [], after: [] }, rows: 64, skipped: 0 },
    },
    samples: 64,
  };
  return {
    ...{ schema: 'rejuvenation-readiness', version: 1, program: { name: 'gallery', version: '1' } },
    ...{ created: '2026-11-27T00:00:00.000Z', seconds: 75, rows },
    teacherForced: { training: lines, heldOut: lines, device: 'cpu', products: 'float32' },
    sampling: {
      sources: checkpoints.map(() => 'the engine on cpu'),
      prompts: {
        files: [{ path: '/data/problems.jsonl', sha256: 'c'.repeat(64) }],
        reading: `${prompts} prompts of "problem", answers of "answer".`,
        lines: Array.from({ length: prompts }, (_, prompt) => prompt + 1),
      },
      ...{ samples, temperatures, topP: 1, maxTokens: 1024, stop: [], seed: 0 },
      grader: { name: 'boxed', described: 'the last \\boxed{}, as mathematics' },
      interval: { resamples: 2000, coverage: 0.95 },
    },
    ...{ entropyEdges: [...entropyEdges], conditions, notes: ['One row was skipped.'] },
  };
}

/** Writes it. @param path of `NAME.readiness.json` */
export async function writeGalleryReadiness(path: string, names?: readonly string[]): Promise<void> {
  await writeReadiness(path, galleryReadiness(names), false);
}
