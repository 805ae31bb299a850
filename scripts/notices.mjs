// Licences of everything that the packaged extension contains, as those licences ask.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { distFolder, root } from './paths.mjs';

const bundles = ['engine.cjs', 'extension.cjs', 'cli.cjs', 'webview/inspector.js', 'webview/inspector.css'];

/** Shipped as they are, beside the bundles. */
const shipped = ['onnxruntime-node', 'onnxruntime-common'];

/** The packages that a bundle was made of, by its source map. */
async function bundledPackages(bundle) {
  const { sources } = JSON.parse(await readFile(join(distFolder, `${bundle}.map`), 'utf8'));
  return sources.flatMap((source) => {
    const part = source.split('node_modules/').at(-1);
    if (part === source) return [];
    return [
      part
        .split('/')
        .slice(0, part.startsWith('@') ? 2 : 1)
        .join('/'),
    ];
  });
}

async function notice(name) {
  const folder = join(root, 'node_modules', name);
  const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? `Licensed under ${license}.` : (await readFile(join(folder, file), 'utf8')).trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** Writes `dist/THIRD-PARTY-NOTICES.txt`. */
export async function writeNotices() {
  const names = new Set(shipped);
  for (const bundle of bundles) for (const name of await bundledPackages(bundle)) names.add(name);
  const notices = await Promise.all([...names].sort().map(notice));
  await writeFile(join(distFolder, 'THIRD-PARTY-NOTICES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));
}
