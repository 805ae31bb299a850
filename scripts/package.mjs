// Packages the extension for one platform: `npm run package -- [TARGET] [--out FILE]`.
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';
import { licenceFaults, nativeFaults, nativeNotices, shippedLicences } from './licences.mjs';
import { writeNotices } from './notices.mjs';
import { root } from './paths.mjs';

/** Native files of each platform that VS Code and ONNX Runtime share, below `bin/napi-v6` of onnxruntime-node. */
const binding = 'onnxruntime_binding.node';
const windows = [binding, 'onnxruntime.dll', 'DirectML.dll', 'dxcompiler.dll', 'dxil.dll'];
const linux = [binding, 'libonnxruntime.so.1'];
const targets = {
  'linux-x64': { folder: 'linux/x64', files: linux },
  'linux-arm64': { folder: 'linux/arm64', files: linux },
  'darwin-arm64': { folder: 'darwin/arm64', files: [binding, 'libonnxruntime.1.dylib'] },
  'win32-x64': { folder: 'win32/x64', files: windows },
  'win32-arm64': { folder: 'win32/arm64', files: windows },
};

/** Without these the extension does not start, or not all of it. */
const required = [
  'dist/cli.cjs',
  'dist/diff.wasm',
  'dist/diffWorker.cjs',
  'dist/rankWorker.cjs',
  'dist/engine.cjs',
  'dist/extension.cjs',
  'dist/fuse.wasm',
  'dist/fuseWorker.cjs',
  'dist/hashWorker.cjs',
  'dist/lora.wasm',
  'dist/loraExact.wasm',
  'dist/spectrum.wasm',
  'dist/spectrumWorker.cjs',
  'dist/tokenizer.cjs',
  'dist/tokenizerWorker.cjs',
  'dist/webview/comparison.css',
  'dist/webview/comparison.js',
  'dist/webview/devices.css',
  'dist/webview/devices.js',
  'dist/webview/inspector.css',
  'dist/webview/inspector.js',
  'dist/webview/readiness.css',
  'dist/webview/readiness.js',
  'dist/webview/report.css',
  'dist/webview/report.js',
  'media/icon.png',
  'media/recipe.schema.json',
  'media/sample/calibration.jsonl',
  'media/sample/problems.jsonl',
  'node_modules/onnxruntime-common/dist/cjs/index.js',
  'node_modules/onnxruntime-node/dist/index.js',
];

const limitBytes = 40e6;

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Copies what .vscodeignore chooses from, without what only this repository needs. */
async function stageFiles() {
  const runtime = Object.keys(manifest.dependencies).filter((name) => name.startsWith('onnxruntime-'));
  const folders = ['dist', 'media', ...runtime.map((name) => `node_modules/${name}`)];
  const files = ['README.md', 'CHANGELOG.md', 'LICENSE', ...nativeFiles];
  const skipped = [join(root, 'dist', 'test'), join(root, 'node_modules', 'onnxruntime-node', 'bin')];
  for (const folder of folders) {
    const filter = (source) => !skipped.includes(source);
    await cp(join(root, folder), join(stage, folder), { recursive: true, filter });
  }
  for (const file of files) await cp(join(root, file), join(stage, file));
  // .vscodeignore lists what every platform needs; the native files of this one are added here.
  const common = await readFile(join(root, '.vscodeignore'), 'utf8');
  await writeFile(join(stage, '.vscodeignore'), `${common}\n${nativeFiles.map((file) => `!${file}\n`).join('')}`);

  const { private: _private, bin: _bin, scripts: _scripts, devDependencies: _dev, ...published } = manifest;
  const dependencies = Object.fromEntries(runtime.map((name) => [name, manifest.dependencies[name]]));
  await writeJson('package.json', { ...published, dependencies });
  // Its own dependencies serve its install script, which has done its work.
  const runtimeManifest = 'node_modules/onnxruntime-node/package.json';
  const { name, version, license, main } = JSON.parse(await readFile(join(root, runtimeManifest), 'utf8'));
  await writeJson(runtimeManifest, { name, version, license, main });
}

function writeJson(file, value) {
  return writeFile(join(stage, file), `${JSON.stringify(value, undefined, 2)}\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' }, target: { type: 'string' } },
});
const target = values.target ?? positionals[0] ?? 'linux-x64';
const native = targets[target];
if (native === undefined) {
  fail(`ONNX Runtime has no build for "${target}": choose from ${Object.keys(targets).join(', ')}.`);
}
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const out = values.out ?? join(root, `${manifest.name}-${target}-${manifest.version}.vsix`);

const faults = (await shippedLicences()).flatMap(licenceFaults);
if (faults.length > 0) fail(faults.join('\n'));
// They come from ONNX Runtime's own package, which names no licence for them: a package to try may be made, one to publish not.
for (const lack of nativeFaults(native.files)) console.warn(`Before this package is published: ${lack}`);
await writeNotices(await nativeNotices(native.files));

// In a folder of its own: vsce looks at every file below the one it packages, caches and builds included.
const stage = await mkdtemp(join(tmpdir(), 'rejuvenation-package-'));
const nativeFiles = native.files.map((file) => `node_modules/onnxruntime-node/bin/napi-v6/${native.folder}/${file}`);
try {
  await stageFiles();
  const files = await listFiles({ cwd: stage, packageManager: PackageManager.Npm });
  const missing = [...required, ...nativeFiles].filter((file) => !files.includes(file));
  if (missing.length > 0) throw new Error(`The package would lack ${missing.join(', ')}. Run "npm run setup" first.`);
  await mkdir(dirname(out), { recursive: true });
  await createVSIX({
    cwd: stage,
    packagePath: out,
    target,
    allowMissingRepository: true,
    // Relative links of the README are for those who read it in the repository.
    rewriteRelativeLinks: false,
  });
} finally {
  await rm(stage, { recursive: true, force: true });
}
const { size } = await stat(out);
if (size >= limitBytes) fail(`${out} has ${(size / 1e6).toFixed(1)} MB; the limit is ${limitBytes / 1e6} MB.`);
console.log(`${relative(process.cwd(), out)}: ${(size / 1e6).toFixed(1)} MB for ${target}`);
