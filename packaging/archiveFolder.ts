import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { extensionPackages, noticesText } from '../scripts/notices.mjs';
import { cacheFolder } from '../test/e2e/paths.ts';
import { ensureNode, nodes } from '../test/nodes/nodes.ts';
import { root } from '../test/paths.ts';
import { fetchPackage, makeFolder } from '../test/setup/npmPackage.ts';

/* Makes the folder that an archive holds: the command line as npm's package has it, ONNX Runtime, and a Node. */

/** What there are archives for: ONNX Runtime's folder of each. */
export const targets: Readonly<Record<string, string>> = { 'linux-x64': 'linux/x64', 'linux-arm64': 'linux/arm64' };

/** The newest that the tests run in. */
const nodeVersion = '24.21.0';

const start = `#!/bin/sh
# Rejuvenation Inspector's command line, with the Node and the ONNX Runtime that lie beside this file.
file=$0
while [ -L "$file" ]; do
  link=$(readlink "$file")
  case $link in /*) file=$link ;; *) file=\${file%/*}/$link ;; esac
done
case $file in */*) here=\${file%/*} ;; *) here=. ;; esac
exec "$here/bin/node" "$here/dist/cli.cjs" "$@"
`;

/** Node's package for a target, unpacked. */
async function nodeFolder(target: string): Promise<string> {
  const integrity = nodes[nodeVersion]![target]!;
  if (target === `${process.platform}-${process.arch}`)
    return dirname(dirname(await ensureNode(nodeVersion, integrity)));
  const folder = join(cacheFolder, 'node', `${nodeVersion}-${target}`);
  if (!existsSync(folder)) {
    const parts = ['package/bin/node', 'package/LICENSE'];
    await makeFolder(folder, (partial) =>
      fetchPackage({ name: `node-${target}`, version: nodeVersion, integrity }, parts, partial),
    );
  }
  return join(folder, 'package');
}

/**
 * Makes the folder. `dist/` must be built.
 *
 * @param top what is made; the folder above it must exist
 * @param target one of {@link targets}
 * @throws SetupError where Node's package cannot be had
 */
export async function makeArchiveFolder(top: string, target: string): Promise<void> {
  const work = mkdtempSync(`${top}-`);
  try {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', work], { cwd: root });
    execFileSync('tar', ['-xzf', join(work, readdirSync(work)[0]!), '-C', work]);
    renameSync(join(work, 'package'), top);
  } finally {
    rmSync(work, { recursive: true });
  }
  const native = `onnxruntime-node/bin/napi-v6/${targets[target]!}`;
  for (const each of [
    'onnxruntime-node/dist',
    native,
    'onnxruntime-common/dist/cjs',
    'onnxruntime-common/package.json',
  ]) {
    const to = join(top, 'node_modules', each);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(root, 'node_modules', each), to, { recursive: true, filter: (file) => !file.endsWith('.map') });
  }
  // What else is in it serves its install script.
  const manifest = join('node_modules', 'onnxruntime-node', 'package.json');
  const { name, version, license, main } = JSON.parse(readFileSync(join(root, manifest), 'utf8')) as Record<
    string,
    string
  >;
  writeFileSync(join(top, manifest), JSON.stringify({ name, version, license, main }));
  const node = await nodeFolder(target);
  mkdirSync(join(top, 'bin'));
  copyFileSync(join(node, 'bin', 'node'), join(top, 'bin', 'node'));
  const nodeNotice = `Node.js ${nodeVersion}\n\n${readFileSync(join(node, 'LICENSE'), 'utf8').trim()}\n`;
  const notices = await noticesText(await extensionPackages(), [nodeNotice]);
  writeFileSync(join(top, 'THIRD-PARTY-NOTICES.txt'), notices);
  rmSync(join(top, 'dist', 'THIRD-PARTY-NOTICES.txt'), { force: true });
  writeFileSync(join(top, 'rejuvenate'), start);
  chmodSync(join(top, 'rejuvenate'), 0o755);
}
