// Bundles the sources into dist/ and compiles the WebAssembly kernels, each only when its sources changed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { hashFiles } from './hash.mjs';
import { distFolder, root } from './paths.mjs';

const entries = [
  'cli',
  'diffWorker',
  'engine',
  'extension',
  'fuseWorker',
  'hashWorker',
  'rankWorker',
  'spectrumWorker',
  'tokenizer',
  'tokenizerWorker',
];

/** Runs `work` when the files' hash differs from the stamp that the last success left. */
async function whenChanged(name, patterns, work) {
  const stamp = `${distFolder}/.${name}.stamp`;
  const hash = await hashFiles(patterns);
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === hash) return false;
  await work();
  await writeFile(stamp, hash);
  return true;
}

async function bundle() {
  const sources = {
    cli: 'src/cli.ts',
    diffWorker: 'src/comparison/weights/threads/diffWorker.ts',
    engine: 'src/engine/main.ts',
    extension: 'src/extension.ts',
    fuseWorker: 'src/commit/weights/threads/fuseWorker.ts',
    hashWorker: 'src/files/hashing/hashWorker.ts',
    rankWorker: 'src/engine/work/ranking/rankWorker.ts',
    spectrumWorker: 'src/comparison/spectrum/spectrumWorker.ts',
    tokenizer: 'src/calibration/process/tokenizerMain.ts',
    tokenizerWorker: 'src/calibration/process/tokenizerWorker.ts',
  };
  await build({
    absWorkingDir: root,
    entryPoints: entries
      .filter((name) => existsSync(`${root}/${sources[name]}`))
      .map((name) => ({ in: sources[name], out: name })),
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: true,
    // jsonc-parser's main entry is UMD, which cannot be bundled.
    mainFields: ['module', 'main'],
    external: ['vscode', 'onnxruntime-node'],
    alias: { '@huggingface/xetchunk-wasm': `${root}/scripts/withoutXet.mjs` },
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  });
}

/** The pages, and what makes the inspector's stand alone: for each a browser's script and style sheet, nothing else. */
async function bundlePage() {
  await build({
    absWorkingDir: root,
    entryPoints: [
      { in: 'webview/inspector/main.ts', out: 'inspector' },
      { in: 'webview/inspector/inspector.css', out: 'inspector' },
      { in: 'webview/comparison/main.ts', out: 'comparison' },
      { in: 'webview/comparison/comparison.css', out: 'comparison' },
      { in: 'webview/devices/main.ts', out: 'devices' },
      { in: 'webview/devices/devices.css', out: 'devices' },
      { in: 'webview/readiness/main.ts', out: 'readiness' },
      { in: 'webview/readiness/readiness.css', out: 'readiness' },
      { in: 'webview/report/main.ts', out: 'report' },
      { in: 'webview/report/report.css', out: 'report' },
    ],
    outdir: 'dist/webview',
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'chrome130',
    format: 'esm',
    sourcemap: true,
    logLevel: 'warning',
  });
}

/** Each kernel by its own settings (`targets` in asconfig.json). */
function compileKernels() {
  const asc = `${root}/node_modules/assemblyscript/bin/asc.js`;
  const sources = {
    diff: 'diff/diff',
    fuse: 'fuse/fuse',
    lora: 'lora/lora',
    loraExact: 'lora/lora',
    spectrum: 'spectrum/spectrum',
  };
  for (const [kernel, source] of Object.entries(sources)) {
    const result = spawnSync(process.execPath, [asc, `${source}.ts`, '--config', 'asconfig.json', '--target', kernel], {
      cwd: `${root}/src/kernels/assembly`,
      stdio: 'inherit',
    });
    if (result.status !== 0) throw new Error('the WebAssembly kernels did not compile');
  }
}

await mkdir(distFolder, { recursive: true });
const bundled = await whenChanged(
  'bundle',
  ['src', 'package-lock.json', 'scripts/build.mjs', 'scripts/withoutXet.mjs'],
  bundle,
);
const paged = await whenChanged('webview', ['webview', 'src', 'package-lock.json', 'scripts/build.mjs'], bundlePage);
const compiled =
  existsSync(`${root}/src/kernels/assembly/fuse/fuse.ts`) &&
  (await whenChanged('kernels', ['src/kernels/assembly', 'package-lock.json', 'scripts/build.mjs'], compileKernels));
if (!process.argv.includes('--quiet')) {
  console.log(bundled || paged || compiled ? 'Built dist/.' : 'dist/ is up to date.');
}
