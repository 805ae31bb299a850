import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fetchPackage, makeFolder, npmFlags, type Package, run } from '../../setup/npmPackage.ts';
import { SetupError } from '../../setup/setupError.ts';
import { cacheFolder } from '../paths.ts';

/**
 * Carries VS Code's own server and browser workbench, built, in `lib/vscode`. Version 4.N is VS Code 1.N; 4.100.3 is
 * the newest that runs on Node 20, and the oldest VS Code that the extension supports.
 */
export const server: Package = {
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

async function assemble(folder: string, rg: Package, say: (line: string) => void): Promise<void> {
  say(`  fetching ${server.name} ${server.version} (42 MB)`);
  await fetchPackage(server, ['package/lib/vscode'], join(folder, 'server'));
  const vscode = join(folder, vscodeFolder);
  say('  installing what it depends on');
  // Not `npm ci`: the shrinkwrap it ships does not match its manifest. Install scripts would need a compiler; without
  // them there are no terminals, which no test uses.
  const install = ['install', '--omit=dev', '--ignore-scripts', ...npmFlags];
  await run('npm', install, vscode);
  await run('npm', install, join(vscode, 'extensions'));
  say('  adding file search');
  await fetchPackage(rg, ['package/bin/rg'], join(folder, 'ripgrep'));
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
  const folder = join(cacheFolder, `vscode-server-${server.version}`);
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
  const started = Date.now();
  say("Fetching VS Code's server (once; it is kept in .cache/)…");
  try {
    await makeFolder(folder, async (partial) => {
      await assemble(partial, rg, say);
      await placeReplacements(join(partial, vscodeFolder));
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError(`VS Code's server could not be set up. ${reason}`);
  }
  const product = await readFile(join(folder, vscodeFolder, 'product.json'), 'utf8');
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(product));
  say(`  done: VS Code ${version}, ${Math.round((Date.now() - started) / 1000)} s`);
  return entry;
}
