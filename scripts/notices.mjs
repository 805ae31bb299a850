// Licences of everything that the packaged extension and the bench's archive contain, as those licences ask.
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { distFolder, root } from './paths.mjs';

/** What the command line and its engine are made of. */
export const programBundles = [
  'cli.cjs',
  'diffWorker.cjs',
  'fuseWorker.cjs',
  'hashWorker.cjs',
  'engine.cjs',
  'rankWorker.cjs',
  'spectrumWorker.cjs',
  'tokenizer.cjs',
  'tokenizerWorker.cjs',
];
/** What the extension's pages are made of. */
export const pageBundles = ['comparison', 'devices', 'inspector', 'readiness'].flatMap((page) => [
  `webview/${page}.js`,
  `webview/${page}.css`,
]);

/** Shipped as they are, beside the bundles. */
export const shipped = ['onnxruntime-common', 'onnxruntime-node'];

/** The package below node_modules that a source file belongs to; undefined for a file of ours. */
function packageOf(source) {
  const part = source.split('node_modules/').at(-1);
  if (part === source) return undefined;
  return part
    .split('/')
    .slice(0, part.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The packages that source files belong to. */
export function packagesOf(sources) {
  return [...new Set(sources.map(packageOf).filter((name) => name !== undefined))];
}

/** The packages that bundles in dist/ were made of, by their source maps. */
export async function bundledPackages(bundles) {
  const maps = bundles.map(async (bundle) => JSON.parse(await readFile(join(distFolder, `${bundle}.map`), 'utf8')));
  return packagesOf((await Promise.all(maps)).flatMap(({ sources }) => sources));
}

/** Texts kept here of packages that come without a licence file. */
const kept = {
  '@bufbuild/protobuf': () => 'bufbuild-protobuf.txt',
  // Its own licence and those of what it is linked with, which change from version to version.
  'onnxruntime-node': (version) => `onnxruntime-${version}.txt`,
};

async function keptLicence(name, version) {
  const path = join(root, 'scripts', 'licences', kept[name](version));
  if (existsSync(path)) return readFile(path, 'utf8');
  throw new Error(
    `${path}, the licence of ${name} ${version}, is missing: take it from another package of that version.`,
  );
}

/**
 * What a package says of its licence: its name, version, SPDX expression, and the text that must go with it.
 * @throws where it comes without one and none is kept here
 */
export async function licenceOf(name, modules = join(root, 'node_modules')) {
  const folder = join(modules, name);
  const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const entries = await readdir(folder);
  const file = entries.find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  let text;
  if (file !== undefined) text = await readFile(join(folder, file), 'utf8');
  else if (Object.hasOwn(kept, name)) text = await keptLicence(name, version);
  else if (name === 'onnxruntime-common') text = 'Part of ONNX Runtime: its licence is that of onnxruntime-node.';
  else
    throw new Error(
      `${name} ${version} comes without the text of its licence (${license}): keep one in scripts/licences.`,
    );
  // What the package itself was made of.
  const further = entries.filter((entry) => /^(notice|third-?party-?notices?)\b/i.test(entry));
  for (const entry of further) text += `\n\n${await readFile(join(folder, entry), 'utf8')}`;
  return { name, version, license, text: text.trim() };
}

async function notice(name) {
  const { version, license, text } = await licenceOf(name);
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** The packages that the extension's bundles were made of. */
export function extensionPackages() {
  return bundledPackages(['extension.cjs', ...programBundles, ...pageBundles]);
}

/** Where builds of Node have its licence, seen from the program's folder: nodejs.org, Debian and NodeSource, others. */
const nodeLicences = ['../LICENSE', '../share/doc/nodejs/LICENSE', '../share/doc/nodejs/copyright', './LICENSE'];

/** The licence of the Node that runs this, with those of what is linked into it. */
export async function nodeNotice() {
  const folder = dirname(process.execPath);
  const path = nodeLicences.map((each) => join(folder, each)).find((each) => existsSync(each));
  if (path === undefined) {
    throw new Error(`No licence lies beside ${process.execPath}: run this with a Node from nodejs.org, which has one.`);
  }
  return `Node.js ${process.versions.node}\n\n${(await readFile(path, 'utf8')).trim()}\n`;
}

/** One text of all licences. `packages` are bundled; ONNX Runtime's are added, and `others` come first. */
export async function noticesText(packages, others = []) {
  const names = [...new Set([...shipped, ...packages])].sort();
  return [...others, ...(await Promise.all(names.map(notice)))].join(`\n${'-'.repeat(80)}\n\n`);
}

/** Writes `dist/THIRD-PARTY-NOTICES.txt`, for the packaged extension; `others` come first. */
export async function writeNotices(others = []) {
  const packages = await extensionPackages();
  await writeFile(join(distFolder, 'THIRD-PARTY-NOTICES.txt'), await noticesText(packages, others));
}
