import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { bundledPackages, nodeNotice, noticesText, packagesOf, programBundles } from '../../scripts/notices.mjs';

const root = join(import.meta.dirname, '..', '..');

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
  ...[...programBundles, 'fuse.wasm', 'diff.wasm', 'spectrum.wasm'].map((file) => `dist/${file}`),
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

const start = `#!/bin/sh
# The GPU bench of Rejuvenation Inspector: ./run.sh --help
here=$(dirname "$0")
exec "$here/bin/node" "$here/bench/gpu/main.mjs" "$@"
`;

/** This Node, without its symbols where binutils are there to take them off. @throws where it is not one program alone */
function copyNode(folder: string): void {
  const linked = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
  if (linked.includes('libnode')) {
    throw new Error(
      `${process.execPath} is only the start of Node, the rest is in libnode: use a Node from nodejs.org.`,
    );
  }
  const node = join(folder, 'node');
  mkdirSync(folder);
  copyFileSync(process.execPath, node);
  try {
    execFileSync('strip', [node], { stdio: 'ignore' });
  } catch {
    // It runs with them, and only makes the archive larger.
  }
}

/**
 * Makes the folder that the archive holds: the bench, the command line, this Node, ONNX Runtime, the golden files, and the
 * licences of all that. Linux x64; `dist/` must be built.
 * @param top the folder, which is made
 * @throws where this Node cannot be carried elsewhere or a licence is missing
 */
export async function makeArchiveFolder(top: string): Promise<void> {
  for (const each of copied) {
    mkdirSync(dirname(join(top, each)), { recursive: true });
    cpSync(join(root, each), join(top, each), { recursive: true, filter: (file) => !file.endsWith('.map') });
  }
  const { metafile } = await build({
    entryPoints: ['main', 'work'].map((each) => ({ in: join(import.meta.dirname, `${each}.ts`), out: each })),
    outdir: join(top, 'bench', 'gpu'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    metafile: true,
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
  const packages = [...packagesOf(Object.keys(metafile.inputs)), ...(await bundledPackages(programBundles))];
  const notices = await noticesText(packages, [await nodeNotice()]);
  writeFileSync(join(top, 'THIRD-PARTY-NOTICES.txt'), notices);
  copyNode(join(top, 'bin'));
  writeFileSync(join(top, 'run.sh'), start);
  chmodSync(join(top, 'run.sh'), 0o755);
}
