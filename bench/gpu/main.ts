import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cudaEnvironment } from '../../src/engine/device/cudaEnvironment.ts';
import { cudaSurvey, librariesEnvironment } from '../../src/engine/device/cudaLibraries/librariesEnvironment.ts';
import { pythonVariable } from '../../src/engine/device/cudaLibraries/pythons.ts';
import type { DeviceProbe } from '../../src/protocol/engine.ts';
import type { Device } from '../../src/settings/devices.ts';
import { goldenNames } from '../../test/golden/golden.ts';
import { Bench, printed } from './bench.ts';
import type { Ceilings } from './ceilingTypes.ts';
import { type MeasuredSize, measureSize } from './measureSize.ts';
import { type BenchOptions, helpText, readOptions } from './options.ts';
import { findPyTorch, type PyTorch } from './pytorch.ts';
import { outcomeText, reportText } from './report.ts';
import { endRunningStep } from './step.ts';

/*
 * The bench for a machine with a GPU and no network: doctor, goldens, ceilings, then generated checkpoints end to end.
 * Every step is a process with a time limit; one that fails is reported, and the rest goes on.
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

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endRunningStep();
    for (const folder of bench.folders) rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  });
}

mkdirSync(chosen.out, { recursive: true });
console.log((await bench.cli('doctor', 'doctor')).output);
const device = chosen.device === 'auto' ? await firstGpu(bench) : chosen.device;
await bench.work('goldens', ['goldens', device, chosen.weights, ...chosen.goldens]);
// This process is a session's own, where the engine's is not there to set it up.
const environment = device === 'cuda' ? { ...cudaEnvironment(), ...librariesEnvironment(await cudaSurvey()) } : {};
const ceilings = await bench.work('ceilings', ['ceilings', device, String(chosen.side)], environment);
const paperCeilings =
  pytorch === undefined || torch === undefined
    ? undefined
    : await bench.paper('ceilings in PyTorch', pytorch, 'ceilings', torch, String(chosen.side));
const measured: MeasuredSize[] = [];
for (const name of chosen.sizes) {
  const size = await measureSize(bench, name, device, torch);
  if (size !== undefined) measured.push(size);
}

const { steps } = bench;
const report = {
  settings: { ...chosen, device, torch: torch ?? 'none' },
  steps,
  ceilings: printed<Ceilings>(ceilings),
  paperCeilings: paperCeilings && printed<Ceilings>(paperCeilings),
  measured,
};
const text = reportText(report);
writeFileSync(join(chosen.out, 'gpu-bench.json'), `${JSON.stringify(report, undefined, 2)}\n`);
writeFileSync(join(chosen.out, 'gpu-bench.md'), text);
console.log(`\n${text}\n${outcomeText(steps)}\nWritten to ${chosen.out}.`);
process.exitCode = steps.some(({ failure }) => failure !== undefined) ? 1 : 0;
