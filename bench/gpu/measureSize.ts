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

/** What one generated pair took on both sides, as far as it has come. */
export interface MeasuredSize {
  readonly name: string;
  readonly device: Device;
  readonly paper: readonly PaperSide[];
  readonly attribute: StepResult | undefined;
  readonly commit: StepResult | undefined;
  /** As it is after the commit; undefined where attribution failed. */
  readonly record: OpenRecord['record'] | undefined;
  /** Bytes a second, read and written, of copying a file of the pair within the scratch folder. */
  readonly copyBytesPerSecond: number | undefined;
}

/** What our side found, which PyTorch's is held against. */
interface Ours {
  readonly open: OpenRecord | undefined;
  readonly hashes: Readonly<Record<string, string>> | undefined;
}

/** The paper's procedure in each type. @param found is given each side as it is done */
async function runPaper(
  bench: Bench,
  name: string,
  folder: string,
  pytorch: PyTorch,
  device: string,
  { open, hashes }: Ours,
  found: (side: PaperSide) => void,
): Promise<void> {
  const { topN, rho, alpha } = defaultSettings;
  for (const type of bench.options['torch-types']) {
    const [out, findings] = [join(folder, 'paper'), join(folder, 'paper.json')];
    const inputs = ['base', 'sft', 'calibration.jsonl'].map((each) => join(folder, each));
    const settings = [device, type, ...[topN, rho, alpha].map(String), findings];
    const title = `${name}: the paper's procedure in PyTorch, ${type}`;
    const step = await bench.paper(title, pytorch, 'run', ...inputs, out, ...settings);
    const answer = printed<{ readonly seconds: Readonly<Record<string, number>> }>(step);
    const written = answer && (JSON.parse(readFileSync(findings, 'utf8')) as PaperFindings);
    const agreed = open && written && agreement(open, written, hashes);
    found({ type, step, seconds: answer?.seconds, agreement: agreed });
    rmSync(out, { recursive: true, force: true });
  }
}

/** Attribution and commit with the settings that the PyTorch side has too. @param found is given each as it is done */
async function runOurs(
  bench: Bench,
  name: string,
  folder: string,
  device: Device,
  found: (part: Partial<MeasuredSize>) => void,
): Promise<Ours> {
  const { memory, weights } = bench.options;
  const { topN, rho, alpha } = defaultSettings;
  const [out, path] = [join(folder, 'out'), join(folder, 'run.rejuvenation.json')];
  const inputs = ['--base', join(folder, 'base'), '--sft', join(folder, 'sft')];
  const pairs = ['--calibration', join(folder, 'calibration.jsonl'), '--record', path];
  const method = ['--top-n', String(topN), '--rho', String(rho), '--alpha', String(alpha)];
  const settings = ['--device', device, '--memory', memory, '--weights', weights];
  const attribute = await bench.cli(`${name}: attribute`, 'attribute', ...inputs, ...pairs, ...method, ...settings);
  found({ attribute });
  if (attribute.failure !== undefined) {
    bench.refuse(`${name}: commit`, 'there is no record to commit');
    return { open: undefined, hashes: undefined };
  }
  found({ record: (await readRecord(path)).record });
  const commit = await bench.cli(`${name}: commit`, 'commit', path, '--out', out);
  const open = await readRecord(path);
  found({ commit, record: open.record });
  if (commit.failure !== undefined) return { open, hashes: undefined };
  return { open, hashes: printed(await bench.work(`${name}: hashes`, ['hashes', out])) };
}

function writeCalibration(path: string, samples: number): void {
  const pairs = readFileSync(join(distFolder, '..', 'media', 'sample', 'calibration.jsonl'), 'utf8');
  writeFileSync(path, pairs.split('\n').slice(0, samples).join('\n'));
}

/** Why a pair cannot be made in the scratch folder; undefined where it can. */
function noRoom(scratch: string, name: string): string | undefined {
  const { bavail, bsize } = statfsSync(scratch);
  const [free, needed] = [bavail * bsize, diskBytes(name)];
  if (free >= needed) return undefined;
  return `${scratch} has ${showBytes(free)} free, and ${showBytes(needed)} are needed: give --scratch FOLDER`;
}

/**
 * Makes a pair of a size in the scratch folder, takes it through both sides, and removes it. What is measured so far stands in
 * `measured` at every step, ours first.
 * @param torchDevice undefined where PyTorch is not to run
 */
export async function measureSize(
  bench: Bench,
  name: string,
  device: Device,
  torchDevice: string | undefined,
  measured: MeasuredSize[],
): Promise<void> {
  const { scratch, samples } = bench.options;
  const title = device === bench.device ? name : `${name} (${device})`;
  const at = measured.length;
  const nothing = { attribute: undefined, commit: undefined, record: undefined, copyBytesPerSecond: undefined };
  const found = (part: Partial<MeasuredSize>) => {
    measured[at] = { ...(measured[at] ?? { name: title, device, paper: [], ...nothing }), ...part };
    bench.onStep();
  };
  let folder: string | undefined;
  try {
    mkdirSync(scratch, { recursive: true });
    folder = mkdtempSync(join(scratch, 'rejuvenate-gpu-'));
    bench.folders.add(folder);
    const lack = noRoom(scratch, name);
    if (lack !== undefined) return bench.refuse(`${title}: generate`, lack);
    const generated = await bench.work(`${title}: generate`, ['generate', name, folder]);
    if (generated.failure !== undefined) return;
    writeCalibration(join(folder, 'calibration.jsonl'), samples);
    const ours = await runOurs(bench, title, folder, device, found);
    const { pytorch } = bench;
    if (pytorch !== undefined && torchDevice !== undefined) {
      await runPaper(bench, title, folder, pytorch, torchDevice, ours, (side) =>
        found({ paper: [...(measured[at]?.paper ?? []), side] }),
      );
    }
    const copied = ['copy', join(folder, 'sft', 'model.safetensors'), join(folder, 'copy')];
    const copy = printed<Pick<Ceilings, 'bytesPerSecond'>>(await bench.work(`${title}: copy a file`, copied));
    found({ copyBytesPerSecond: copy?.bytesPerSecond });
  } catch (error) {
    bench.refuse(title, error instanceof Error ? error.message : String(error));
  } finally {
    if (folder !== undefined) {
      rmSync(folder, { recursive: true, force: true });
      bench.folders.delete(folder);
    }
  }
}
