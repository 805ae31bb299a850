import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { distFolder } from '../../src/distFolder.ts';
import { type OpenRecord, readRecord } from '../../src/record/run/recordFile.ts';
import type { Device } from '../../src/settings/devices.ts';
import { showBytes } from '../../src/settings/memorySize.ts';
import { defaultSettings } from '../../src/settings/runSettings.ts';
import { type Agreement, agreement, type PaperFindings } from './agreement.ts';
import { type Bench, printed } from './bench.ts';
import type { Ceilings } from './ceilingTypes.ts';
import type { PyTorch } from './pytorch.ts';
import { diskBytes } from './sizes.ts';
import type { StepResult } from './step.ts';

/** What the PyTorch script took, and whether it found the same. */
export interface PaperSide {
  readonly type: string;
  /** By phase; undefined where it failed. */
  readonly seconds: Readonly<Record<string, number>> | undefined;
  readonly step: StepResult;
  readonly agreement: Agreement | undefined;
}

/** What one generated pair took on both sides. */
export interface MeasuredSize {
  readonly name: string;
  readonly paper: readonly PaperSide[];
  readonly attribute: StepResult | undefined;
  readonly commit: StepResult | undefined;
  /** As it is after the commit; undefined where attribution failed. */
  readonly record: OpenRecord['record'] | undefined;
  /** Bytes a second, read and written, of copying a file of the pair within the scratch folder. */
  readonly copyBytesPerSecond: number | undefined;
}

type Found = Omit<PaperSide, 'agreement'> & { readonly findings: PaperFindings | undefined };

async function runPaper(
  bench: Bench,
  name: string,
  folder: string,
  pytorch: PyTorch,
  device: string,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  const { topN, rho, alpha } = defaultSettings;
  for (const type of bench.options['torch-types']) {
    const [out, findings] = [join(folder, 'paper'), join(folder, 'paper.json')];
    const inputs = ['base', 'sft', 'calibration.jsonl'].map((each) => join(folder, each));
    const settings = [device, type, ...[topN, rho, alpha].map(String), findings];
    const title = `${name}: the paper's procedure in PyTorch, ${type}`;
    const step = await bench.paper(title, pytorch, 'run', ...inputs, out, ...settings);
    const answer = printed<{ readonly seconds: Readonly<Record<string, number>> }>(step);
    const written = answer && (JSON.parse(readFileSync(findings, 'utf8')) as PaperFindings);
    found.push({ type, step, seconds: answer?.seconds, findings: written });
    rmSync(out, { recursive: true, force: true });
  }
  return found;
}

/** Attribution and commit with the settings that the PyTorch side has too. */
async function runOurs(bench: Bench, name: string, folder: string, device: Device) {
  const { memory, weights } = bench.options;
  const { topN, rho, alpha } = defaultSettings;
  const [out, path] = [join(folder, 'out'), join(folder, 'run.rejuvenation.json')];
  const inputs = ['--base', join(folder, 'base'), '--sft', join(folder, 'sft')];
  const pairs = ['--calibration', join(folder, 'calibration.jsonl'), '--record', path];
  const method = ['--top-n', String(topN), '--rho', String(rho), '--alpha', String(alpha)];
  const settings = ['--device', device, '--memory', memory, '--weights', weights];
  const attribute = await bench.cli(`${name}: attribute`, 'attribute', ...inputs, ...pairs, ...method, ...settings);
  if (attribute.failure !== undefined) {
    bench.refuse(`${name}: commit`, 'there is no record to commit');
    return { attribute };
  }
  const commit = await bench.cli(`${name}: commit`, 'commit', path, '--out', out);
  const open = await readRecord(path);
  if (commit.failure !== undefined) return { attribute, commit, open };
  const hashes = printed<Readonly<Record<string, string>>>(await bench.work(`${name}: hashes`, ['hashes', out]));
  return { attribute, commit, open, hashes };
}

function writeCalibration(path: string, samples: number): void {
  const pairs = readFileSync(join(distFolder, '..', 'media', 'sample', 'calibration.jsonl'), 'utf8');
  writeFileSync(path, pairs.split('\n').slice(0, samples).join('\n'));
}

/**
 * Makes a pair of a size in the scratch folder, takes it through both sides, and removes it.
 * @returns undefined where there is no pair to work on
 */
export async function measureSize(
  bench: Bench,
  name: string,
  device: Device,
  torchDevice: string | undefined,
): Promise<MeasuredSize | undefined> {
  const { scratch, samples } = bench.options;
  let folder: string | undefined;
  try {
    mkdirSync(scratch, { recursive: true });
    folder = mkdtempSync(join(scratch, 'rejuvenate-gpu-'));
    bench.folders.add(folder);
    const { bavail, bsize } = statfsSync(folder);
    const [free, needed] = [bavail * bsize, diskBytes(name)];
    if (free < needed) {
      const lack = `${scratch} has ${showBytes(free)} free, and ${showBytes(needed)} are needed: give --scratch FOLDER`;
      bench.refuse(`${name}: generate`, lack);
      return undefined;
    }
    if ((await bench.work(`${name}: generate`, ['generate', name, folder])).failure !== undefined) return undefined;
    writeCalibration(join(folder, 'calibration.jsonl'), samples);
    const { pytorch } = bench;
    const paper =
      pytorch === undefined || torchDevice === undefined
        ? []
        : await runPaper(bench, name, folder, pytorch, torchDevice);
    const copied = ['copy', join(folder, 'sft', 'model.safetensors'), join(folder, 'copy')];
    const copy = printed<Pick<Ceilings, 'bytesPerSecond'>>(await bench.work(`${name}: copy a file`, copied));
    const { attribute, commit, open, hashes } = await runOurs(bench, name, folder, device);
    return {
      name,
      attribute,
      commit,
      record: open?.record,
      copyBytesPerSecond: copy?.bytesPerSecond,
      paper: paper.map(({ findings, ...side }) => ({
        ...side,
        agreement: open && findings && agreement(open, findings, hashes),
      })),
    };
  } catch (error) {
    bench.refuse(name, error instanceof Error ? error.message : String(error));
    return undefined;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
