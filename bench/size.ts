import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distFolder } from '../src/distFolder.ts';
import { intArray } from '../src/record/arrays/arrays.ts';
import { neuronArrayName } from '../src/record/run/recordArrays.ts';
import { type OpenRecord, readRecord } from '../src/record/run/recordFile.ts';
import { memorySize, showBytes } from '../src/settings/memorySize.ts';
import { type GeneratedShape, generateCheckpoint } from './generateCheckpoint.ts';
import { type ProcessTreeRun, runWatched } from './processTree.ts';
import { row } from './report.ts';

/** Qwen3-1.7B with 24 layers instead of 28: 1.52 billion parameters, 3.04 GB as bf16. */
const shape: GeneratedShape = {
  layers: 24,
  hidden: 2048,
  intermediate: 6144,
  heads: 16,
  keyValueHeads: 8,
  headDim: 128,
  vocab: 151936,
};
const sampleCount = 6;
const topN = 4;
const small = '2GB';
const large = '12GB';

interface Measured {
  readonly run: ProcessTreeRun;
  readonly open: OpenRecord;
  readonly scores: string;
}

/** Neurons in the reset set, as places in the flat order. */
function resetSet({ record, layout, arrays }: OpenRecord): Set<number> {
  const selected = new Set<number>();
  for (const { layer, projection, offset, width } of layout.modules) {
    const ranks = intArray(arrays, neuronArrayName(layer, projection, 'best_rank'));
    for (let i = 0; i < width; i++) if (ranks[i]! >= 0 && ranks[i]! < record.reset.budget) selected.add(offset + i);
  }
  return selected;
}

/** Largest difference of two score files, relative to each module's largest magnitude at the target. */
function worstScore({ open, scores }: Measured, other: Measured): number {
  const { layout, record } = open;
  const targets = record.samples.reduce((sum, sample) => sum + sample.targets, 0);
  const files = [scores, other.scores].map((path) => openSync(path, 'r'));
  try {
    const starts = files.map((file) => {
      const length = new BigUint64Array(1);
      readSync(file, length, 0, 8, 0);
      return 8 + Number(length[0]);
    });
    let worst = 0;
    const rows = files.map(() => new Float32Array(layout.total));
    for (let target = 0; target < targets; target++) {
      for (const [i, file] of files.entries()) {
        readSync(file, rows[i]!, 0, layout.total * 4, starts[i]! + target * layout.total * 4);
      }
      for (const { offset, width } of layout.modules) {
        let magnitude = 0;
        let difference = 0;
        for (let i = offset; i < offset + width; i++) {
          magnitude = Math.max(magnitude, Math.abs(rows[0]![i]!));
          difference = Math.max(difference, Math.abs(rows[0]![i]! - rows[1]![i]!));
        }
        worst = Math.max(worst, difference / magnitude);
      }
    }
    return worst;
  } finally {
    for (const file of files) closeSync(file);
  }
}

function report(name: string, memory: string, { run, open }: Measured): void {
  const { plans } = open.record.engine;
  row(
    name,
    `${run.seconds.toFixed(0)} s, ${showBytes(run.peakBytes)} resident at most, all processes (budget ${memory})`,
  );
  for (const [phase, plan] of Object.entries(plans)) {
    if (plan === null) continue;
    const { estimate, peakBytes, segments, samplesPerGroup, weights } = plan;
    const share = (estimate.memoryBytes / peakBytes).toFixed(2);
    const held = weights === 'stored' ? ', weights as stored' : '';
    const cut = `${segments} segments, ${samplesPerGroup} samples at a time${held}`;
    row(`  ${phase}`, `${showBytes(estimate.memoryBytes)} planned, ${showBytes(peakBytes)} held (${share}); ${cut}`);
  }
}

/**
 * A checkpoint of real size within a small budget, against a large one, through the command line. Linux. It writes 13 GB;
 * `REJUVENATE_BENCH_FOLDER` names a folder that keeps the generated pair from one time to the next.
 */
export async function benchSize(): Promise<void> {
  const kept = process.env['REJUVENATE_BENCH_FOLDER'];
  const pair = kept ?? mkdtempSync(join(tmpdir(), 'rejuvenate-bench-'));
  const work = mkdtempSync(join(tmpdir(), 'rejuvenate-bench-'));
  const cli = join(distFolder, 'cli.cjs');
  const [base, sft] = [join(pair, 'base'), join(pair, 'sft')];
  console.log(`\nReal size: 1.5 billion parameters, bf16, ${sampleCount} samples, ${topN} targets each, CPU`);
  try {
    if (!existsSync(join(sft, 'config.json'))) {
      generateCheckpoint(base, shape, 1, 0, true);
      generateCheckpoint(sft, shape, 1, 0.1, true);
    }
    const pairs = readFileSync(join(import.meta.dirname, '..', 'media', 'sample', 'calibration.jsonl'), 'utf8');
    const calibration = join(work, 'calibration.jsonl');
    writeFileSync(calibration, pairs.split('\n').slice(0, sampleCount).join('\n'));
    const attribute = async (name: string, memory: string): Promise<Measured> => {
      const [record, scores] = [join(work, `${name}.rejuvenation.json`), join(work, `${name}.safetensors`)];
      const inputs = ['--base', base, '--sft', sft, '--calibration', calibration];
      const settings = ['--top-n', String(topN), '--device', 'cpu', '--memory', memory];
      const run = await runWatched(cli, ['attribute', ...inputs, '--record', record, '--scores', scores, ...settings]);
      return { run, open: await readRecord(record), scores };
    };
    const within = await attribute('small', small);
    report('attribute', small, within);
    const allowed = memorySize(small) + 1e9;
    row('  budget + 1 GB', within.run.peakBytes <= allowed ? 'held' : 'EXCEEDED');
    const beyond = await attribute('large', large);
    report('attribute', large, beyond);
    const [one, other] = [resetSet(within.open), resetSet(beyond.open)];
    const differing = [...new Set([...one, ...other])].filter((neuron) => one.has(neuron) !== other.has(neuron));
    row('  scores differ by', `${worstScore(within, beyond).toExponential(1)} of a module's largest at most`);
    row('  reset sets', `${one.size} and ${other.size} neurons, ${differing.length} in one alone`);
    const commit = await runWatched(cli, ['commit', within.open.path, '--out', join(work, 'out')]);
    row('commit', `${commit.seconds.toFixed(0)} s, ${showBytes(commit.peakBytes)} resident at most`);
  } finally {
    rmSync(work, { recursive: true });
    if (kept === undefined) rmSync(pair, { recursive: true });
  }
}
