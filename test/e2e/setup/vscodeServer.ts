import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { SetupError } from '../../setup/setupError.ts';
import { cacheFolder } from '../paths.ts';

interface Package {
  readonly name: string;
  readonly version: string;
  /** Of the tarball, as in a lock file. */
  readonly integrity: string;
}

/**
 * Carries VS Code's own server and browser workbench, built, in `lib/vscode`. Version 4.N is VS Code 1.N; 4.100.3 is
 * the newest that runs on Node 20, and the oldest VS Code that the extension supports.
 */
const server: Package = {
  name: 'code-server',
  version: '4.100.3',
  integrity: 'sha512-q/Fh2DOxCRNhC/WiG/6sAhSKnj7ZACTVBaeeZ+rWjol//0FCbl/qg1ln5ecZ99jYcfqMxZZAyWcN+YBIo0DgpA==',
};

/** File search and the quick open of files; VS Code's own package of it downloads the program in an install script. */
const ripgrep: Readonly<Record<string, Package>> = {
  'linux-x64': {
    name: '@vscode/ripgrep-linux-x64',
    version: '1.18.0',
    integrity: 'sha512-mQ3bVrUpnD2vs7QT0vX90Lt0cnUq467uFtEktIdsJJmW296RoSULRGqWgzG1AKxyBpNDD6l4ZO4qKf6SgyC23Q==',
  },
  'linux-arm64': {
    name: '@vscode/ripgrep-linux-arm64',
    version: '1.18.0',
    integrity: 'sha512-lQ/5zTG++U0E3IhVgS4EPTTn/U4okncaRMM5GOFfOYZywS4nuD31GhkHbNYlDk5CuDC68+hYJ0/eQeyCKJDA+g==',
  },
  'darwin-x64': {
    name: '@vscode/ripgrep-darwin-x64',
    version: '1.18.0',
    integrity: 'sha512-25b4gWbL138dGuQU244ebCKKc0q05ULBMoFSz9oAEUHNeqK/lOJViDS7DRvbDazzAzSEdan391Znks/R5mkaTQ==',
  },
  'darwin-arm64': {
    name: '@vscode/ripgrep-darwin-arm64',
    version: '1.18.0',
    integrity: 'sha512-r3ktHSvbFycQNF6sl7sNDPocpsI7J+mEzh1IaZFkY0spm3k2Z9t8hPAeOK7+p0l6p6/swkQC14XWX01low+94Q==',
  },
};

const vscodeFolder = join('server', 'package', 'lib', 'vscode');

const npmFlags = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel', 'error'];

/** Runs a program quietly; what it said is shown when it fails. @returns its standard output */
async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
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

/** Fetches a package through npm, checks it, and unpacks one part of it into `folder`, which must be empty. */
async function fetchPackage({ name, version, integrity }: Package, part: string, folder: string): Promise<void> {
  await mkdir(folder);
  await run('npm', ['pack', `${name}@${version}`, ...npmFlags], folder);
  // How npm names the file of a scoped package depends on its version.
  const tarball = join(folder, (await readdir(folder)).find((file) => file.endsWith('.tgz'))!);
  const hash = createHash('sha512');
  await pipeline(createReadStream(tarball), hash);
  const found = `sha512-${hash.digest('base64')}`;
  if (found !== integrity) {
    throw new SetupError(`${name}@${version} is not the package expected: its hash is ${found}, not ${integrity}.`);
  }
  await run('tar', ['-xzf', tarball, part], folder);
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
async function removeLeftovers(name: string): Promise<void> {
  for (const entry of await readdir(cacheFolder)) {
    const pid = new RegExp(`^${name}\\.partial-(\\d+)$`).exec(entry)?.[1];
    if (pid !== undefined && !processLives(Number(pid))) await rm(join(cacheFolder, entry), { recursive: true });
  }
}

async function assemble(folder: string, rg: Package, say: (line: string) => void): Promise<void> {
  say(`  fetching ${server.name} ${server.version} (42 MB)`);
  await fetchPackage(server, 'package/lib/vscode', join(folder, 'server'));
  const vscode = join(folder, vscodeFolder);
  say('  installing what it depends on');
  // Not `npm ci`: the shrinkwrap it ships does not match its manifest. Install scripts would need a compiler; without
  // them there are no terminals, which no test uses.
  const install = ['install', '--omit=dev', '--ignore-scripts', ...npmFlags];
  await run('npm', install, vscode);
  await run('npm', install, join(vscode, 'extensions'));
  say('  adding file search');
  await fetchPackage(rg, 'package/bin/rg', join(folder, 'ripgrep'));
  const bin = join(vscode, 'node_modules', '@vscode', 'ripgrep', 'bin');
  await mkdir(bin, { recursive: true });
  await rename(join(folder, 'ripgrep', 'package', 'bin', 'rg'), join(bin, 'rg'));
  await rm(join(folder, 'ripgrep'), { recursive: true });
}

/** Native modules that VS Code cannot do without, each with the file here that takes its place. */
const replacements = { '@vscode/spdlog': 'spdlog.cjs', 'native-watchdog': 'native-watchdog.cjs' };

async function placeReplacements(vscode: string): Promise<void> {
  for (const [name, file] of Object.entries(replacements)) {
    const wanted = await readFile(join(import.meta.dirname, 'replacements', file), 'utf8');
    const module = join(vscode, 'node_modules', name, 'index.js');
    if ((await readFile(module, 'utf8')) !== wanted) await writeFile(module, wanted);
  }
}

/**
 * VS Code's server, fetched once and kept in the cache: built in a folder of its own that gets its name only when it is
 * complete, so an attempt that was stopped leaves nothing that looks like a server.
 *
 * @returns the path of its `server-main.js`
 * @throws SetupError when it cannot be had
 */
export async function ensureVscodeServer(say: (line: string) => void = console.log): Promise<string> {
  const name = `vscode-server-${server.version}`;
  const folder = join(cacheFolder, name);
  const entry = join(folder, vscodeFolder, 'out', 'server-main.js');
  if (existsSync(entry)) {
    await placeReplacements(join(folder, vscodeFolder));
    return entry;
  }

  const platform = `${process.platform}-${process.arch}`;
  const rg = ripgrep[platform];
  if (rg === undefined) {
    throw new SetupError(
      `VS Code's server is not set up for ${platform}. "npm run test:desktop" runs the tests of test/e2e/host in desktop VS Code.`,
    );
  }
  await mkdir(cacheFolder, { recursive: true });
  await removeLeftovers(name);
  const started = Date.now();
  say("Fetching VS Code's server (once; it is kept in .cache/)…");
  const partial = join(cacheFolder, `${name}.partial-${process.pid}`);
  await mkdir(partial);
  try {
    await assemble(partial, rg, say);
    await placeReplacements(join(partial, vscodeFolder));
    const version = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(join(partial, vscodeFolder, 'product.json'), 'utf8'))).version;
    // Another run may have finished first; its server is as good.
    if (!existsSync(entry)) await rename(partial, folder);
    say(`  done: VS Code ${version}, ${Math.round((Date.now() - started) / 1000)} s`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError(`VS Code's server could not be set up. ${reason}`);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return entry;
}
