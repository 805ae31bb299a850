import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/* Builds the archive that carries the GPU bench, this Node and ONNX Runtime: `npm run bench:gpu:archive [-- FILE]`. Linux x64. */

const root = join(import.meta.dirname, '..', '..');
const name = 'rejuvenation-gpu-bench';
const limitBytes = 60 * 2 ** 20;
const out = resolve(process.argv[2] ?? `${name}.tar.xz`);
const folder = mkdtempSync(join(tmpdir(), 'rejuvenate-archive-'));
const top = join(folder, name);

/** The bundles find files from where their sources lay: the archive is laid out as the repository is. */
const sourceFolders: Plugin = {
  name: 'source-folders',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const place = JSON.stringify(relative(import.meta.dirname, dirname(path)));
      const contents = readFileSync(path, 'utf8');
      if (path.includes('node_modules') || !contents.includes('import.meta.dirname')) return undefined;
      return { contents: contents.replaceAll('import.meta.dirname', `(__dirname + '/' + ${place})`), loader: 'ts' };
    });
  },
};

/** ONNX Runtime stays outside, and is CommonJS whose names an import cannot see: it is asked for by `require`. */
const runtimeByRequire: Plugin = {
  name: 'runtime-by-require',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^onnxruntime-node$/ }, ({ path, namespace }) =>
      namespace === 'runtime' ? { path, external: true } : { path, namespace: 'runtime' },
    );
    onLoad({ filter: /.*/, namespace: 'runtime' }, () => ({
      contents: "module.exports = require('onnxruntime-node');",
    }));
  },
};

const native = 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64';
const copied = [
  ...['cli.cjs', 'engine.cjs', 'diffWorker.cjs', 'rankWorker.cjs', 'fuse.wasm', 'diff.wasm'].map(
    (file) => `dist/${file}`,
  ),
  ...['onnxruntime-node/dist', 'onnxruntime-node/package.json'].map((each) => `node_modules/${each}`),
  ...['onnxruntime-common/dist/cjs', 'onnxruntime-common/package.json'].map((each) => `node_modules/${each}`),
  `${native}/onnxruntime_binding.node`,
  `${native}/libonnxruntime.so.1`,
  'bench/gpu/paper.py',
  'media/sample',
  'test/fixtures/checkpoints',
  'test/fixtures/goldens',
  'package.json',
  'LICENSE',
];

try {
  for (const each of copied) {
    mkdirSync(dirname(join(top, each)), { recursive: true });
    cpSync(join(root, each), join(top, each), { recursive: true, filter: (file) => !file.endsWith('.map') });
  }
  await build({
    entryPoints: ['main', 'work'].map((each) => ({ in: join(import.meta.dirname, `${each}.ts`), out: each })),
    outdir: join(top, 'bench', 'gpu'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    plugins: [sourceFolders, runtimeByRequire],
    // Bundled CommonJS asks for both.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url); const __dirname = import.meta.dirname;",
    },
    logLevel: 'warning',
  });
  mkdirSync(join(top, 'bin'));
  const node = join(top, 'bin', 'node');
  copyFileSync(process.execPath, node);
  execFileSync('strip', [node]);
  const start = join(top, 'run.sh');
  writeFileSync(start, '#!/bin/sh\nhere=$(dirname "$0")\nexec "$here/bin/node" "$here/bench/gpu/main.mjs" "$@"\n');
  chmodSync(start, 0o755);
  execFileSync('tar', ['-cJf', out, '-C', folder, name], { env: { ...process.env, XZ_OPT: '-6 -T0' } });
} finally {
  rmSync(folder, { recursive: true });
}
const { size } = statSync(out);
console.log(`${out}: ${(size / 2 ** 20).toFixed(1)} MiB`);
if (size >= limitBytes) {
  console.error(`The archive must stay under ${limitBytes / 2 ** 20} MiB.`);
  process.exitCode = 1;
}
