import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SetupError } from './setupError.ts';

export interface Package {
  readonly name: string;
  readonly version: string;
  /** Of the tarball, as in a lock file. */
  readonly integrity: string;
}

export const npmFlags = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel', 'error'];

/** Runs a program quietly; what it said is shown when it fails. @returns its standard output */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) {
    const lines = Buffer.concat(said.length > 0 ? said : out)
      .toString()
      .trim()
      .split('\n');
    // npm adds the stack and the fields of its error; what went wrong comes first.
    const reason = lines.filter((line) => !/^npm error {5}at /.test(line)).slice(0, 5);
    throw new SetupError(`"${command} ${args.join(' ')}" failed:\n${reason.join('\n')}`);
  }
  return Buffer.concat(out).toString();
}

/** Fetches a package through npm, checks it, and unpacks parts of it into `folder`, which must be empty. */
export async function fetchPackage(
  { name, version, integrity }: Package,
  parts: readonly string[],
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await run('npm', ['pack', `${name}@${version}`, ...npmFlags], folder);
  // How npm names the file of a scoped package depends on its version.
  const tarball = join(folder, (await readdir(folder)).find((file) => file.endsWith('.tgz'))!);
  const hash = createHash('sha512');
  await pipeline(createReadStream(tarball), hash);
  const found = `sha512-${hash.digest('base64')}`;
  if (found !== integrity) {
    throw new SetupError(`${name}@${version} is not the package expected: its hash is ${found}, not ${integrity}.`);
  }
  await run('tar', ['-xzf', tarball, ...parts], folder);
  await rm(tarball);
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Removes what attempts that were stopped half-way left behind. */
async function removeLeftovers(folder: string): Promise<void> {
  const prefix = `${basename(folder)}.partial-`;
  for (const entry of await readdir(dirname(folder))) {
    if (!entry.startsWith(prefix) || processLives(Number(entry.slice(prefix.length)))) continue;
    await rm(join(dirname(folder), entry), { recursive: true });
  }
}

/**
 * Makes a folder that is not there yet: `fill` fills one beside it, which gets its name only when it is complete, so an
 * attempt that was stopped leaves nothing that looks whole.
 */
export async function makeFolder(folder: string, fill: (partial: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await removeLeftovers(folder);
  const partial = `${folder}.partial-${process.pid}`;
  await mkdir(partial);
  try {
    await fill(partial);
    // Another run may have finished first; its folder is as good.
    if (!existsSync(folder)) await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
