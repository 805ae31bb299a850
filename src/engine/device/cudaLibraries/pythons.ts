import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { readTextFile } from '../../../files/reading/textFile.ts';
import { programOutput } from '../programOutput.ts';

/*
 * The Pythons at hand, and where their packages lie. Of environments the folders are looked at, and nothing of theirs is
 * run here; pip is, when a user has a wheel fetched by it. Asked are `python3`, the base of an environment that uses its
 * packages, and a program that is named or selected and lies in no environment, since where these keep their packages can
 * be told in no other way.
 */

/** A Python, or a conda environment, which may have none. */
export interface Python {
  /** How it was found: `VIRTUAL_ENV`, `python3`. */
  readonly found: string;
  /** Folder of the environment, or the program's path. */
  readonly place: string;
  /** Folders of its packages. */
  readonly sites: readonly string[];
  /** Folders of its native libraries; conda's environments alone have such. */
  readonly libraries: readonly string[];
  /** The program; undefined where there is none. */
  readonly program: string | undefined;
}

/** Names a Python to look in before all others: an environment's folder, or a program. */
export const pythonVariable = 'REJUVENATE_PYTHON';

/** On a network file system, or a busy machine, a first start may take many seconds, ms. */
const patience = 60_000;
const mostOutput = 100_000;
const mostSites = 40;
const configKind = { what: 'a pyvenv.cfg', maxBytes: 100_000 };

/** Prints the folders of packages as a JSON list. With -I neither the current folder nor PYTHONPATH has a say. */
const question =
  'import json,site,sys\n' +
  'print(json.dumps([p for p in sys.path if p.endswith("-packages")] + site.getsitepackages() + [site.getusersitepackages()]))';

let selected: () => Promise<string | undefined> = async () => undefined;

/** Has the Python that a user has selected looked in too: VS Code's. @param ask gives an environment's folder or a program */
export function offerPython(ask: () => Promise<string | undefined>): void {
  selected = ask;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function isProgram(path: string): Promise<boolean> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return false;
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Names in a folder; none where it cannot be read. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

/** Folders of packages of an environment, by their usual places. */
async function sitesOf(prefix: string): Promise<string[]> {
  if (process.platform === 'win32') return [join(prefix, 'Lib', 'site-packages')];
  const found: string[] = [];
  for (const lib of ['lib', 'lib64']) {
    for (const name of await namesIn(join(prefix, lib))) {
      if (/^python3(\.\d+)?t?$/.test(name)) found.push(join(prefix, lib, name, 'site-packages'));
    }
  }
  return found;
}

/** A virtual environment's own file that says whether it also uses the packages of the Python it was made from. */
async function baseOf(prefix: string): Promise<string | undefined> {
  const text = await readTextFile(join(prefix, 'pyvenv.cfg'), configKind).catch(() => '');
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) settings.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim());
  }
  const home = settings.get('home');
  if (settings.get('include-system-site-packages')?.toLowerCase() !== 'true' || home === undefined) return undefined;
  return isAbsolute(home) ? join(home, 'python3') : undefined;
}

/** The folders in which `program` says that its packages are; none where it does not answer. */
async function asked(program: string, signal?: AbortSignal): Promise<string[]> {
  try {
    const limits = { timeout: patience, maxBuffer: mostOutput, signal };
    const stdout = await programOutput(program, ['-I', '-c', question], limits);
    const answer: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    if (!Array.isArray(answer)) return [];
    return answer.filter((each): each is string => typeof each === 'string' && isAbsolute(each)).slice(0, mostSites);
  } catch {
    return [];
  }
}

/** A program in PATH. Folders that PATH names relatively are passed over: what lies there depends on where one stands. */
async function programInPath(name: string, path = ''): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(isAbsolute)) {
    const program = join(folder, name);
    if (await isProgram(program)) return program;
  }
  return undefined;
}

async function environment(found: string, prefix: string, signal?: AbortSignal): Promise<Python> {
  const sites = await sitesOf(prefix);
  const base = await baseOf(prefix);
  if (base !== undefined && (await isProgram(base))) sites.push(...(await asked(base, signal)));
  const conda = (await isFolder(join(prefix, 'conda-meta')))
    ? [join(prefix, 'lib'), join(prefix, 'targets', 'x86_64-linux', 'lib')]
    : [];
  const program = join(prefix, 'bin', 'python3');
  return {
    found,
    place: prefix,
    sites,
    libraries: conda,
    program: (await isProgram(program)) ? program : undefined,
  };
}

/** What is given is an environment's folder, or a program: in an environment's `bin`, or one that is asked. */
async function given(found: string, path: string, signal?: AbortSignal): Promise<Python | undefined> {
  if (!isAbsolute(path)) return undefined;
  if (await isFolder(path)) return environment(found, path, signal);
  if (!(await isProgram(path))) return undefined;
  const prefix = dirname(dirname(path));
  const names = await namesIn(prefix);
  if (names.includes('pyvenv.cfg') || names.includes('conda-meta')) return environment(found, prefix, signal);
  return { found, place: path, sites: await asked(path, signal), libraries: [], program: path };
}

/** Every Python at hand, the nearest first, each with those of its folders of packages that are there. */
export async function pythonsAtHand(
  variables: NodeJS.ProcessEnv = process.env,
  signal?: AbortSignal,
): Promise<readonly Python[]> {
  const chosen = await selected().catch(() => undefined);
  const named: readonly (readonly [found: string, path: string | undefined])[] = [
    [pythonVariable, variables[pythonVariable]],
    ['VIRTUAL_ENV', variables['VIRTUAL_ENV']],
    ['CONDA_PREFIX', variables['CONDA_PREFIX']],
    ["VS Code's interpreter", chosen],
    ['python3', await programInPath('python3', variables['PATH'])],
  ];
  const pythons: Python[] = [];
  const seen = new Set<string>();
  for (const [found, path] of named) {
    const python = path === undefined || path === '' ? undefined : await given(found, path, signal);
    if (python === undefined) continue;
    const sites: string[] = [];
    for (const site of python.sites) {
      if (!seen.has(site) && (await isFolder(site))) sites.push(site);
      seen.add(site);
    }
    const libraries = python.libraries.filter((folder) => !seen.has(folder));
    for (const folder of libraries) seen.add(folder);
    if (sites.length + libraries.length > 0) pythons.push({ ...python, sites, libraries });
  }
  return pythons;
}
