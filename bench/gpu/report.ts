import type { RunRecord } from '../../src/record/run/runRecord.ts';
import { type ProductType, productTypes } from '../ceilings.ts';
import type { LeftOut } from './bench.ts';
import { type Ceilings, reached } from './ceilingTypes.ts';
import { comparisonText } from './comparison.ts';
import { bandwidth, gigabytes, markdownTable, percent, seconds, teraflops } from './markdown.ts';
import type { MeasuredSize } from './measureSize.ts';
import type { StepResult } from './step.ts';
import { traffic } from './traffic.ts';

export interface GpuReport {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly steps: readonly StepResult[];
  readonly leftOut: readonly LeftOut[];
  /** Of the device through ONNX Runtime; undefined where they could not be measured. */
  readonly ceilings: Ceilings | undefined;
  /** Of PyTorch's device; undefined without it. */
  readonly paperCeilings: Ceilings | undefined;
  readonly measured: readonly MeasuredSize[];
}

/** `3 of 12 steps failed:` and each with its reason; then what there was no time for. */
export function outcomeText(steps: readonly StepResult[], leftOut: readonly LeftOut[]): string {
  const failed = steps.filter(({ failure }) => failure !== undefined);
  const lines = failed.map(({ step, failure }) => `- ${step}: ${failure}`);
  const outcome =
    failed.length === 0
      ? `All ${steps.length} steps succeeded.`
      : `${failed.length} of ${steps.length} steps failed:\n\n${lines.join('\n')}`;
  if (leftOut.length === 0) return outcome;
  return `${outcome}\n\nLeft out:\n\n${leftOut.map(({ what, why }) => `- ${what}: ${why}`).join('\n')}`;
}

function ceilingRows({ ceilings, paperCeilings }: GpuReport): string[][] {
  const shown = (value: number | string | undefined, show: (value: number) => string) =>
    value === undefined ? '–' : typeof value === 'string' ? value : show(value);
  const types = Object.keys(productTypes) as ProductType[];
  return [
    ...types.map((type) => [
      `${type} products`,
      shown(ceilings?.[type], teraflops),
      shown(paperCeilings?.[type], teraflops),
    ]),
    [
      'reading and writing',
      shown(ceilings?.bytesPerSecond, bandwidth),
      shown(paperCeilings?.bytesPerSecond, bandwidth),
    ],
  ];
}

/** The larger of what either side reached. */
function best(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function phaseRows(report: GpuReport, { name, device: on, record }: MeasuredSize): string[][] {
  if (record === undefined) return [];
  // Ceilings are the first device's alone.
  const { ceilings, paperCeilings }: Partial<GpuReport> = on === report.settings['device'] ? report : {};
  const { architecture, engine, samples } = record;
  const { device, plans } = engine;
  const targets = samples.map((sample) => sample.targets);
  const moved = traffic({ architecture, device, targets, plans });
  const { base, sft, attribution } = plans;
  const phases = [
    { phase: 'base entropy', plan: base, bytes: moved.base },
    { phase: 'SFT entropy', plan: sft, bytes: moved.sft },
    { phase: 'attribution', plan: attribution, bytes: moved.attribution },
  ];
  const bfloat16 = best([reached(ceilings, 'bfloat16'), reached(paperCeilings, 'bfloat16')]);
  const row = (phase: string, time: number, flops: number, bytes: number) => [
    name,
    phase,
    seconds(time),
    `${(flops / 1e12).toPrecision(3)} TFLOP`,
    percent(flops / time, reached(ceilings, 'float32')),
    percent(flops / time, bfloat16),
    gigabytes(bytes),
    percent(bytes / time, ceilings?.bytesPerSecond),
  ];
  const timed = phases.map(({ phase, plan, bytes }) => ({
    phase,
    bytes,
    flops: plan?.estimate.flops ?? 0,
    time: record.run.phases.find((each) => each.phase === phase)?.seconds ?? 0,
  }));
  const sum = (key: 'time' | 'flops' | 'bytes') => timed.reduce((total, each) => total + each[key], 0);
  return [
    ...timed.map(({ phase, time, flops, bytes }) => row(phase, time, flops, bytes)),
    row('all three', sum('time'), sum('flops'), sum('bytes')),
  ];
}

/** Bytes of one side's files. */
const sideBytes = (files: RunRecord['inputs']['sft']['files']) => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** Fusing reads both sides and writes one; checking reads what was written. */
function commitRows({ name, record, copyBytesPerSecond }: MeasuredSize): string[][] {
  const committed = record?.checkpoints.at(-1);
  if (record === undefined || committed === undefined) return [];
  const [base, sft] = [sideBytes(record.inputs.base.files), sideBytes(record.inputs.sft.files)];
  const time = (...names: readonly string[]) =>
    committed.phases.reduce((sum, { phase, seconds }) => sum + (names.includes(phase) ? seconds : 0), 0);
  const row = (phase: string, taken: number, bytes: number) => [
    name,
    phase,
    seconds(taken),
    gigabytes(bytes),
    percent(bytes / taken, copyBytesPerSecond),
  ];
  return [row('fusion, reset, writing', time('fuse', 'write'), base + 2 * sft), row('check', time('check'), sft)];
}

function planRows({ name, record }: MeasuredSize): string[][] {
  if (record === undefined) return [];
  const { plans, device } = record.engine;
  return Object.entries(plans).map(([request, plan]) => [
    name,
    device,
    request,
    plan === null ? '–' : `${plan.segments} of ${plan.layersPerSegment} layers`,
    gigabytes(plan?.estimate.memoryBytes),
    gigabytes(plan?.peakBytes),
  ]);
}

/** The whole report as Markdown. */
export function reportText(report: GpuReport): string {
  const { settings, steps, leftOut, measured } = report;
  const stepRows = steps.map(({ step, seconds, hostBytes, gpuBytes, failure }) => [
    step,
    `${seconds.toFixed(1)} s`,
    gigabytes(hostBytes),
    gigabytes(gpuBytes),
    failure === undefined ? 'done' : `FAILED: ${failure}`,
  ]);
  return `# GPU bench

${Object.entries(settings)
  .map(([name, value]) => `${name} ${String(value)}`)
  .join(', ')}

${outcomeText(steps, leftOut)}

${markdownTable(['step', 'time', 'host memory', 'GPU memory', 'outcome'], stepRows)}

## Ceilings

${markdownTable(['measured here', 'ONNX Runtime', 'PyTorch'], ceilingRows(report))}

## Against the ceilings

Products as planned (attention included, norms and softmax not), computed in float32; bfloat16's ceiling is the larger of the
two measured. Bytes are those of weights that must move in the device's memory: a lower bound (bench/gpu/traffic.ts).

${markdownTable(
  ['size', 'phase', 'time', 'products', 'of float32', 'of bfloat16', 'weights moved', 'of bandwidth'],
  measured.flatMap((size) => phaseRows(report, size)),
)}

The commit, against copying a file there on one thread, both made durable:

${markdownTable(['size', 'phase', 'time', 'read and written', 'of copying'], measured.flatMap(commitRows))}

${markdownTable(
  ['size', 'device', 'request', 'segments', 'memory planned', 'held on the host'],
  measured.flatMap(planRows),
)}

## Against the paper's procedure in PyTorch

The same tokens, targets a sample, rho and alpha. A phase includes loading the model that it is the first to need.

${measured.map(comparisonText).join('\n\n')}
`;
}
