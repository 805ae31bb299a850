import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cudaEnvironment } from '../../src/engine/device/cudaEnvironment.ts';
import { cudaSurvey, librariesEnvironment } from '../../src/engine/device/cudaLibraries/librariesEnvironment.ts';
import { pythonVariable } from '../../src/engine/device/cudaLibraries/pythons.ts';
import type { DeviceProbe } from '../../src/protocol/engine.ts';
import type { Device } from '../../src/settings/devices.ts';
import type { Precision } from '../../src/settings/precision.ts';
import { goldenNames } from '../../test/golden/golden.ts';
import { Bench, printed } from './bench.ts';
import type { Ceilings } from './ceilingTypes.ts';
import { type MeasuredSize, measureSize } from './measureSize.ts';
import { type BenchOptions, helpText, readOptions } from './options.ts';
import { findPyTorch, type PyTorch } from './pytorch.ts';
import { outcomeText, reportText } from './report.ts';
import { fitOf, foreseen, type TakenTime, takenBy } from './schedule.ts';
import { endRunningStep, notBegun } from './step.ts';

/*
 * The bench for a machine with a GPU and no network: doctor, goldens, ceilings, then generated checkpoints end to end, and at
 * last a second device: in the order of what is worth most, since the time may be short. Every step is a process with a time
 * limit; one that fails is reported, and the rest goes on. The report is written after every step.
 */

function options(): BenchOptions {
  try {
    const read = readOptions(process.argv.slice(2), goldenNames);
    if (read !== undefined) return read;
    console.log(helpText());
    process.exit(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

/** Where the PyTorch side runs, and what is said of it. */
function torchDevice({ torch }: BenchOptions, pytorch: PyTorch | undefined): string | undefined {
  if (torch === 'none') return undefined;
  if (pytorch === undefined) {
    console.log('No python3 with torch, transformers and tokenizers was found: there is no PyTorch side.');
    return undefined;
  }
  const chosen = torch === 'auto' ? (pytorch.cuda ? 'cuda' : undefined) : torch;
  const sees = pytorch.cuda ? 'sees a GPU' : 'sees no GPU';
  console.log(`PyTorch ${pytorch.version} (${pytorch.python}) ${sees}: ${chosen ?? 'not used (--torch cpu would)'}.`);
  return chosen;
}

/** The first GPU that works; WebGPU, whose steps then say why not, where none does. */
async function firstGpu(bench: Bench): Promise<Device> {
  const { failure, output } = await bench.cli('doctor: choose a device', 'doctor', '--json');
  if (failure !== undefined) return 'webgpu';
  const { devices } = JSON.parse(output) as { readonly devices: readonly DeviceProbe[] };
  const gpu = devices.find(({ device, available }) => device !== 'cpu' && available)?.device;
  console.log(gpu === undefined ? 'No GPU can be used; --device cpu would take the processor.' : `Device: ${gpu}.`);
  return gpu ?? 'webgpu';
}

const chosen = options();
if (chosen.torch !== 'none') console.log('Looking for PyTorch …');
const pytorch = chosen.torch === 'none' ? undefined : findPyTorch();
const torch = torchDevice(chosen, pytorch);
// CUDA's libraries may lie among this Python's packages and nowhere else.
const python = process.env[pythonVariable] ?? pytorch?.program;
const bench = new Bench(chosen, pytorch, python === undefined ? {} : { [pythonVariable]: python });

let ceilings: Ceilings | undefined;
let paperCeilings: Ceilings | undefined;
const measured: MeasuredSize[] = [];

/** As it is so far. The files take their names when they are complete, so that nothing written before is lost. */
function writeReport(): string {
  const { steps, leftOut } = bench;
  const settings = { ...chosen, device: bench.device ?? chosen.device, torch: torch ?? 'none' };
  const report = { settings, steps, leftOut, ceilings, paperCeilings, measured };
  const text = reportText(report);
  for (const [name, content] of [
    ['gpu-bench.json', `${JSON.stringify(report, undefined, 2)}\n`],
    ['gpu-bench.md', text],
  ] as const) {
    writeFileSync(join(chosen.out, `${name}.new`), content);
    renameSync(join(chosen.out, `${name}.new`), join(chosen.out, name));
  }
  return text;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endRunningStep();
    for (const folder of bench.folders) rmSync(folder, { recursive: true, force: true });
    bench.steps.push(notBegun('the rest', `stopped by ${signal}`));
    writeReport();
    process.exit(130);
  });
}

mkdirSync(chosen.out, { recursive: true });
bench.onStep = writeReport;
console.log((await bench.cli('doctor', 'doctor')).output);
const device = chosen.device === 'auto' ? await firstGpu(bench) : chosen.device;
bench.device = device;

const goldensOn = (each: Device, precision: Precision = 'exact') => {
  const name = precision === 'exact' ? `goldens on ${each}` : `goldens on ${each}, ${precision}`;
  return bench.work(name, ['goldens', each, chosen.weights, precision, ...chosen.goldens]);
};
await goldensOn(device);
// Elsewhere every precision is float32.
if (device === 'cuda') for (const precision of ['float32', 'tf32'] as const) await goldensOn(device, precision);
// This process is a session's own, where the engine's is not there to set it up.
const environment = device === 'cuda' ? { ...cudaEnvironment(), ...librariesEnvironment(await cudaSurvey()) } : {};
ceilings = printed<Ceilings>(await bench.work('ceilings', ['ceilings', device, String(chosen.side)], environment));
if (pytorch !== undefined && torch !== undefined) {
  paperCeilings = printed(await bench.paper('ceilings in PyTorch', pytorch, 'ceilings', torch, String(chosen.side)));
}

const taken: TakenTime[] = [];
for (const name of chosen.sizes) {
  const needed = foreseen(name, taken);
  const fit = fitOf(needed, bench.secondsLeft);
  const left = `${Math.max(0, Math.round(bench.secondsLeft))} s are left (--minutes)`;
  const about = (seconds: number | undefined) => `some ${Math.round(seconds ?? 0)} s`;
  if (fit === 'nothing') {
    bench.leaveOut(name, `it would take ${about(needed?.ours)}, and ${left}`);
    continue;
  }
  if (fit === 'ours') {
    bench.leaveOut(`${name} in PyTorch`, `it would take ${about(needed?.paper)} more, and ${left}`);
  }
  const earlier = [...bench.steps];
  await measureSize(bench, name, device, fit === 'ours' ? undefined : torch, measured);
  const steps = bench.steps.slice(earlier.length);
  // What failed took as long as it took to fail, and says nothing of the next.
  if (steps.length === 0 || steps.some(({ failure }) => failure !== undefined)) continue;
  const now = takenBy(name, steps, earlier);
  taken.push(fit === 'ours' && needed !== undefined ? { ...now, paper: needed.paper } : now);
}

const also = chosen.also === 'auto' ? (device === 'cuda' ? 'webgpu' : 'none') : chosen.also;
const [first] = chosen.sizes;
if (also !== 'none' && also !== device && first !== undefined) {
  await goldensOn(also);
  await measureSize(bench, first, also, undefined, measured);
}

const text = writeReport();
const { steps, leftOut } = bench;
console.log(`\n${text}\n${outcomeText(steps, leftOut)}\nWritten to ${chosen.out}.`);
process.exitCode = steps.some(({ failure }) => failure !== undefined) ? 1 : 0;
