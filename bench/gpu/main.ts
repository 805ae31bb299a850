import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { distFolder } from '../../src/distFolder.ts';
import { readRecord } from '../../src/run/recordFile.ts';
import { pythonWith } from '../python.ts';
import { type MeasuredSize, reportText } from './report.ts';
import { sizes } from './sizes.ts';
import { runStep, type StepResult } from './step.ts';

/*
 * The bench for a machine with a GPU and no network: doctor, goldens, ceilings, then generated checkpoints end to end.
 * Every step is a process with a time limit; one that fails is reported, and the rest goes on.
 */

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'webgpu' },
    sizes: { type: 'string', default: '0.6B,4B,8B' },
    samples: { type: 'string', default: '32' },
    memory: { type: 'string', default: '16GB' },
    weights: { type: 'string', default: 'float32' },
    torch: { type: 'string', default: 'cuda' },
    limit: { type: 'string', default: '600' },
    side: { type: 'string', default: '4096' },
    scratch: { type: 'string', default: tmpdir() },
    out: { type: 'string', default: 'gpu-bench' },
  },
});
const { device } = values;
const wanted = values.sizes.split(',');
const unknown = wanted.find((name) => !(name in sizes));
if (unknown !== undefined) {
  console.error(`No size is called "${unknown}"; there are ${Object.keys(sizes).join(', ')}.`);
  process.exit(2);
}
const limit = Number(values.limit);
const node = process.execPath;
const cli = join(distFolder, 'cli.cjs');
const worker = join(import.meta.dirname, 'work.mjs');
const steps: StepResult[] = [];
/** What paper.py printed, by size. */
const paper: Record<string, unknown> = {};

const python = pythonWith('torch', 'transformers', 'tokenizers');

async function run(name: string, command: string, ...args: string[]): Promise<StepResult> {
  console.log(`${name} …`);
  const result = await runStep(name, command, args, limit);
  console.log(`  ${result.failure ?? `${result.seconds.toFixed(1)} s`}`);
  steps.push(result);
  return result;
}

const step = (name: string, script: string, ...args: string[]) => run(name, node, script, ...args);

/** Bytes of a pair and of what is committed from it, and a tenth more. */
function bytesNeeded(name: string): number {
  const { layers, hidden, intermediate, heads, keyValueHeads, headDim, vocab, ownHead } = sizes[name]!;
  const layer = hidden * (2 * (heads + keyValueHeads) * headDim + 3 * intermediate);
  return 3.3 * 2 * (layers * layer + (ownHead === true ? 2 : 1) * vocab * hidden);
}

async function measureSize(name: string): Promise<MeasuredSize | undefined> {
  mkdirSync(resolve(values.scratch), { recursive: true });
  const folder = mkdtempSync(join(resolve(values.scratch), 'rejuvenate-gpu-'));
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < bytesNeeded(name)) {
      const failure = `needs ${(bytesNeeded(name) / 1e9).toFixed(0)} GB in ${values.scratch} (--scratch)`;
      steps.push({ step: `${name}: generate`, seconds: 0, hostBytes: 0, gpuBytes: undefined, failure, output: '' });
      return undefined;
    }
    const [base, sft, record] = [join(folder, 'base'), join(folder, 'sft'), join(folder, 'run.rejuvenation.json')];
    const calibration = join(folder, 'calibration.jsonl');
    const pairs = readFileSync(join(distFolder, '..', 'media', 'sample', 'calibration.jsonl'), 'utf8');
    writeFileSync(calibration, pairs.split('\n').slice(0, Number(values.samples)).join('\n'));
    if ((await step(`${name}: generate`, worker, 'generate', name, folder)).failure !== undefined) return undefined;
    const inputs = ['--base', base, '--sft', sft, '--calibration', calibration, '--record', record];
    const settings = ['--device', device, '--memory', values.memory, '--weights', values.weights];
    if (python !== undefined) {
      const script = join(import.meta.dirname, 'paper.py');
      const torch = await run(
        `${name}: the paper's procedure in PyTorch`,
        python,
        script,
        base,
        sft,
        calibration,
        values.torch,
      );
      if (torch.failure === undefined) paper[name] = JSON.parse(torch.output.trim().split('\n').at(-1)!);
    }
    const attribute = await step(`${name}: attribute`, cli, 'attribute', ...inputs, ...settings);
    if (attribute.failure !== undefined) return undefined;
    await step(`${name}: commit`, cli, 'commit', record, '--out', join(folder, 'out'));
    const { record: written } = await readRecord(record);
    const flops = Object.values(written.engine.plans).reduce((sum, plan) => sum + (plan?.estimate.flops ?? 0), 0);
    return { name, device: written.engine.device, phases: written.run.phases, flops };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const doctor = await step('doctor', cli, 'doctor');
console.log(doctor.output);
await step('goldens', worker, 'goldens', device);
const ceilings = await step('ceilings', worker, 'ceilings', device, values.side);
const measured: MeasuredSize[] = [];
for (const name of wanted) {
  const size = await measureSize(name);
  if (size !== undefined) measured.push(size);
}
const text = reportText({
  settings: values,
  steps,
  ceilings: ceilings.failure === undefined ? ceilings.output : '{}',
  measured,
  paper,
});
writeFileSync(
  join(out, 'gpu-bench.json'),
  `${JSON.stringify({ settings: values, steps, measured, paper }, undefined, 2)}\n`,
);
writeFileSync(join(out, 'gpu-bench.md'), text);
console.log(`\n${text}\nWritten to ${out}.`);
process.exitCode = steps.some(({ failure }) => failure !== undefined) ? 1 : 0;
