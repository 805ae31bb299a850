import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../paths.ts';
import { cacheFolder } from '../paths.ts';

/** How many of the sample's 64 calibration pairs a record is made of. */
const pairs = { quick: 16, full: 64 } as const;

export type RecordSize = keyof typeof pairs;

const recordName = 'sample.rejuvenation';

/** Records depend on the built command line and engine, and on nothing else that changes. */
async function recordKey(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['cli.cjs', 'engine.cjs']) hash.update(await readFile(join(root, 'dist', file)));
  return hash.digest('hex').slice(0, 16);
}

/**
 * A run record of the embedded sample at rho 0.001, made by the command line: 3 s for a quick one, 9 s for a full one
 * on two cores. Kept in `.cache/records/` until the command line or the engine changes.
 *
 * @returns the paths of `sample.rejuvenation.json` and of its arrays
 */
export async function sampleRecord(size: RecordSize): Promise<readonly string[]> {
  const records = join(cacheFolder, 'records');
  const folder = join(records, `${await recordKey()}-${size}`);
  const files = ['json', 'safetensors'].map((extension) => join(folder, `${recordName}.${extension}`));
  if (files.every((file) => existsSync(file))) return files;

  // Older records belong to builds that are gone.
  if (!existsSync(folder)) await rm(records, { recursive: true, force: true });
  await mkdir(records, { recursive: true });
  const partial = await mkdtemp(join(records, 'partial-'));
  const sample = join(root, 'media', 'sample');
  const calibration = join(partial, 'calibration.jsonl');
  const lines = (await readFile(join(sample, 'calibration.jsonl'), 'utf8')).split('\n');
  await writeFile(calibration, `${lines.slice(0, pairs[size]).join('\n')}\n`);
  const args = ['attribute', '--base', join(sample, 'base'), '--sft', join(sample, 'sft-over')];
  args.push('--calibration', calibration, '--record', join(partial, `${recordName}.json`), '--rho', '0.001');
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'dist', 'cli.cjs'), ...args, '--device', 'cpu'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The sample's record could not be made:\n${stderr}`);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  return files;
}
