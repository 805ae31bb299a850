import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InputError, Interrupted, RunError } from '../../../errors.ts';
import { namesIn, type Python } from '../cudaLibraries/pythons.ts';
import { programOutput } from '../programOutput.ts';
import { providerFiles } from './runtimePlace.ts';

/* The CUDA provider from Python: of an onnxruntime-gpu that is installed, or its wheel by the user's own pip. */

/** An onnxruntime-gpu in a Python. */
export interface PythonProvider {
  /** `python3 (/usr/bin/python3)`. */
  readonly python: string;
  readonly version: string;
  /** Has the two libraries. */
  readonly folder: string;
}

const patience = 60_000;
const mostOutput = 1e6;
const keptOutput = 300;

/** Every onnxruntime-gpu in these Pythons, of whatever version. */
export async function pythonProviders(pythons: readonly Python[]): Promise<readonly PythonProvider[]> {
  const found: PythonProvider[] = [];
  for (const { found: how, place, sites } of pythons) {
    for (const site of sites) {
      const folder = join(site, 'onnxruntime', 'capi');
      const names = await namesIn(folder);
      if (!providerFiles.every((file) => names.includes(file))) continue;
      const lists = (await namesIn(site)).flatMap(
        (name) => /^onnxruntime_gpu-(\d[\w.]*)\.dist-info$/.exec(name)?.[1] ?? [],
      );
      // Two lists of one package: an installation that was broken off. The libraries say which they are.
      found.push({ python: `${how} (${place})`, version: lists.length === 1 ? lists[0]! : 'unknown', folder });
    }
  }
  return found;
}

/** The first Python that has pip. @throws InputError where none has */
export async function pythonWithPip(pythons: readonly Python[], signal: AbortSignal): Promise<string> {
  for (const { program } of pythons) {
    if (program === undefined) continue;
    try {
      await programOutput(program, ['-I', '-m', 'pip', '--version'], { timeout: patience, signal });
      return program;
    } catch {
      if (signal.aborted) throw new Interrupted('Stopped; nothing was installed.');
    }
  }
  throw new InputError(
    'No Python at hand has pip (VIRTUAL_ENV, CONDA_PREFIX, python3 in PATH): fetch the wheel elsewhere, and give it with --from.',
  );
}

/** What pip is asked. */
const pipArguments = (version: string, folder: string) =>
  [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--disable-pip-version-check',
    '--no-input',
    '--dest',
    folder,
    `onnxruntime-gpu==${version}`,
  ] as const;

/** The command as a user would type it. */
export const pipCommand = (program: string, version: string) =>
  `${program} -m pip download --no-deps --only-binary=:all: onnxruntime-gpu==${version}`;

/**
 * Has pip fetch the wheel of onnxruntime-gpu into an empty folder, from wherever pip is configured to fetch.
 *
 * @returns the wheel's path
 * @throws RunError when pip fails; Interrupted on abort
 */
export async function downloadWheel(
  program: string,
  version: string,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    // Python looks for modules in the folder it runs in: this one is ours, and empty.
    await promisify(execFile)(program, pipArguments(version, folder), {
      cwd: folder,
      maxBuffer: mostOutput,
      windowsHide: true,
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw new Interrupted('Stopped; nothing was installed.');
    const said = String((error as { readonly stderr?: unknown }).stderr ?? '')
      .trim()
      .split('\n');
    const line = (said.findLast((each) => /error/i.test(each)) ?? said.at(-1) ?? '').slice(0, keptOutput);
    throw new RunError(
      `pip did not fetch the wheel: ${line || (error instanceof Error ? error.message : String(error))}. The command was: ${pipCommand(program, version)}`,
      { cause: error },
    );
  }
  const wheel = (await namesIn(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new RunError('pip ended without an error, and without a wheel.');
  return join(folder, wheel);
}
