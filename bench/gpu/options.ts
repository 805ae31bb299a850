import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { InputError } from '../../src/errors.ts';
import { type Device, devices } from '../../src/settings/devices.ts';
import { memorySize, showBytes } from '../../src/settings/memorySize.ts';
import { type WeightStorage, weightStorages } from '../../src/settings/weightStorage.ts';
import { diskBytes, floatBytes, sizes } from './sizes.ts';

/** Where the PyTorch side runs; `auto` is the GPU where PyTorch sees one, and nowhere else. */
const torchChoices = ['auto', 'cuda', 'cpu', 'none'] as const;
const torchTypes = ['float32', 'bfloat16'] as const;

export interface BenchOptions {
  readonly device: Device | 'auto';
  readonly sizes: readonly string[];
  readonly samples: number;
  /** As the command line takes it. */
  readonly memory: string;
  readonly weights: WeightStorage;
  readonly torch: (typeof torchChoices)[number];
  readonly 'torch-types': readonly (typeof torchTypes)[number][];
  /** Names of golden files; none: all. */
  readonly goldens: readonly string[];
  /** Longest time of a step, seconds. */
  readonly limit: number;
  /** Longest time of all; 0: as long as it takes. */
  readonly minutes: number;
  /** A second device, which has its goldens and the first of the sizes after all else. */
  readonly also: Device | 'auto' | 'none';
  /** Of the square matrices that ceilings are measured with. */
  readonly side: number;
  readonly scratch: string;
  readonly out: string;
}

const defaults = {
  device: 'auto',
  sizes: '0.6B,4B,8B',
  samples: '32',
  memory: 'auto',
  weights: 'auto',
  torch: 'auto',
  'torch-types': torchTypes.join(','),
  goldens: 'all',
  limit: '600',
  minutes: '0',
  also: 'auto',
  side: '8192',
  scratch: tmpdir(),
  out: 'gpu-bench',
};

/** What `./run.sh --help` prints. */
export function helpText(): string {
  const needs = Object.keys(sizes).map((name) => {
    const [disk, memory] = [showBytes(diskBytes(name)), showBytes(floatBytes(name))];
    return `  ${name.padEnd(6)}${disk.padStart(9)} in --scratch, ${memory.padStart(7)} of weights held whole as float32 (half as stored)`;
  });
  return `The GPU bench of Rejuvenation Inspector. Linux x64; needs no network and installs nothing.

  ./run.sh [options]

Doctor, golden files on the device, ceilings of products and bandwidth; then for each size a generated pair of
checkpoints: attribute and commit of Rejuvenation Inspector, and the paper's procedure in PyTorch. Every step is a process
of its own; one that fails is reported, and the rest goes on. The report is written after every step. The exit code is 0 when
all succeeded, 1 when a step failed, 2 for a wrong option.

Options:
  --device NAME        ${['auto', ...devices].join(', ')}; auto takes cuda or else webgpu (${defaults.device})
  --sizes LIST         of ${Object.keys(sizes).join(', ')} (${defaults.sizes})
  --samples COUNT      prompt-response pairs, 64 at most (${defaults.samples})
  --memory SIZE        budget: auto is four fifths of what is free on the GPU, 4 GB where it does not tell, or
                       for example 40GB (${defaults.memory})
  --weights FORM       ${weightStorages.join(', ')}: how the device holds matrices; computed is float32 (${defaults.weights})
  --torch WHERE        ${torchChoices.join(', ')}; auto is the GPU where PyTorch sees it, else none (${defaults.torch})
  --torch-types LIST   of ${torchTypes.join(', ')} (${defaults['torch-types']})
  --goldens LIST       names of golden files, or all (${defaults.goldens})
  --limit SECONDS      longest time of each step (${defaults.limit})
  --minutes COUNT      ends within so many minutes: what is worth most comes first, and a size that would not fit the
                       time left is left out; 0 takes as long as it takes (${defaults.minutes})
  --also NAME          a second device, for its goldens and the first size after all else: a device, none, or auto,
                       which is webgpu where the first is cuda (${defaults.also})
  --side COUNT         side of the square matrices that ceilings are measured with, a multiple of 32 (${defaults.side})
  --scratch FOLDER     where checkpoints are made, and removed again (${defaults.scratch})
  --out FOLDER         where gpu-bench.md and gpu-bench.json go (${defaults.out})

Sizes need:
${needs.join('\n')}
PyTorch holds one model at a time, in the type asked for, and loads it through the machine's memory, which needs as much.

PyTorch is used where a python3 has torch, transformers and tokenizers: the one REJUVENATE_BENCH_PYTHON names, that of an
active virtual environment, python3 or python in PATH.

WebGPU needs a Vulkan driver and libvulkan.so.1. If doctor finds no adapter, name the driver's description, for example
  VK_DRIVER_FILES=/usr/share/vulkan/icd.d/nvidia_icd.json ./run.sh --device webgpu

CUDA needs NVIDIA's driver, and ONNX Runtime's CUDA provider, which is in this archive only where it was packed with one. Else
fetch a wheel of onnxruntime-gpu of doctor's ONNX Runtime version elsewhere, and install it in your data folder by
  bin/node dist/cli.cjs doctor --install-cuda --yes --from WHEEL
(or --from pip, or a package, tarball or folder). CUDA's libraries and cuDNN 9 are looked for as always, and first in the
packages of the Python with PyTorch. bin/node dist/cli.cjs doctor --remove-cuda removes it again.

How long a run takes on a GPU has not been measured: no step takes longer than --limit, and each size has ${4 + torchTypes.length} steps.
`;
}

function oneOf<Choice extends string>(option: string, text: string, choices: readonly Choice[]): Choice {
  const found = choices.find((each) => each === text);
  if (found === undefined) throw new InputError(`--${option} is "${text}", but must be one of ${choices.join(', ')}.`);
  return found;
}

function count(option: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least) return value;
  throw new InputError(`--${option} is "${text}", but must be a whole number of at least ${least}.`);
}

/** Its square is passed over in rows of 1024. */
function sideOf(text: string): number {
  const side = count('side', text, 32);
  if (side % 32 === 0) return side;
  throw new InputError(`--side is "${text}", but must be a multiple of 32.`);
}

/** @returns undefined where help is asked for. @throws InputError for a wrong option */
export function readOptions(args: readonly string[], goldenNames: readonly string[]): BenchOptions | undefined {
  let values: typeof defaults & { readonly help?: boolean };
  try {
    const texts = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }]));
    const options = { ...texts, help: { type: 'boolean' as const, short: 'h' } };
    values = { ...defaults, ...parseArgs({ args: [...args], options }).values };
  } catch (error) {
    throw new InputError(`${error instanceof Error ? error.message : String(error)} See --help.`);
  }
  if (values.help === true) return undefined;
  memorySize(values.memory);
  const list = (text: string) => text.split(',').map((each) => each.trim());
  return {
    device: oneOf('device', values.device, ['auto', ...devices]),
    sizes: list(values.sizes).map((name) => oneOf('sizes', name, Object.keys(sizes))),
    samples: count('samples', values.samples, 1),
    memory: values.memory,
    weights: oneOf('weights', values.weights, weightStorages),
    torch: oneOf('torch', values.torch, torchChoices),
    'torch-types': list(values['torch-types']).map((name) => oneOf('torch-types', name, torchTypes)),
    goldens:
      values.goldens === 'all' ? goldenNames : list(values.goldens).map((name) => oneOf('goldens', name, goldenNames)),
    limit: count('limit', values.limit, 1),
    minutes: count('minutes', values.minutes, 0),
    also: oneOf('also', values.also, ['auto', 'none', ...devices]),
    side: sideOf(values.side),
    scratch: resolve(values.scratch),
    out: resolve(values.out),
  };
}
