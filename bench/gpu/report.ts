import type { StepResult } from './step.ts';

/** What one generated pair took. */
export interface MeasuredSize {
  readonly name: string;
  /** The device that its record names. */
  readonly device: string;
  readonly phases: readonly { readonly phase: string; readonly seconds: number }[];
  /** Of the three requests' plans together. */
  readonly flops: number;
}

export interface GpuReport {
  readonly settings: Readonly<Record<string, string>>;
  readonly steps: readonly StepResult[];
  /** JSON: operations a second by type and bytes a second, or why a type could not be measured. */
  readonly ceilings: string;
  readonly measured: readonly MeasuredSize[];
  /** What the PyTorch script printed, by size; empty where there is no PyTorch. */
  readonly paper: Readonly<Record<string, unknown>>;
}

/** One cell of a Markdown table: a failure may carry any text. */
const cell = (text: string) => text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
const gigabytes = (bytes: number | undefined) => (bytes === undefined ? 'unknown' : `${(bytes / 1e9).toFixed(2)} GB`);
const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

/** Steps, ceilings and phases as Markdown. */
export function reportText({ settings, steps, ceilings, measured, paper }: GpuReport): string {
  const found = JSON.parse(ceilings) as Record<string, number | string>;
  const rate = (key: string, value: number | string) => {
    if (typeof value === 'string') return value;
    return key === 'bytesPerSecond' ? `${(value / 1e9).toFixed(1)} GB/s` : `${(value / 1e12).toFixed(3)} TFLOP/s`;
  };
  const share = (flops: number, seconds: number, type: string) => {
    const ceiling = found[type];
    return typeof ceiling === 'number' ? `${((100 * flops) / seconds / ceiling).toFixed(1)} %` : 'unknown';
  };
  const stepRows = steps.map(({ step, seconds, hostBytes, gpuBytes, failure }) => [
    step,
    `${seconds.toFixed(1)} s`,
    gigabytes(hostBytes),
    gigabytes(gpuBytes),
    failure ?? 'done',
  ]);
  const sizeRows = measured.map(({ name, device, phases, flops }) => {
    const seconds = phases.reduce((sum, phase) => sum + phase.seconds, 0);
    const each = phases.map((phase) => `${phase.phase} ${phase.seconds.toFixed(1)} s`).join(', ');
    return [name, device, each, share(flops, seconds, 'float32'), share(flops, seconds, 'bfloat16')];
  });
  const paperRows = Object.entries(paper).map(([name, result]) => [name, JSON.stringify(result)]);
  return `# GPU bench

${Object.entries(settings)
  .map(([name, value]) => `${name} ${value}`)
  .join(', ')}

${markdownTable(['step', 'time', 'host memory', 'GPU memory', 'outcome'], stepRows)}

${markdownTable(
  ['ceiling, through ONNX Runtime', 'measured'],
  Object.entries(found).map(([key, value]) => [key, rate(key, value)]),
)}

${markdownTable(['size', 'device', 'phases', 'of float32 products', 'of bfloat16 products'], sizeRows)}

${markdownTable(['size', "the paper's procedure in PyTorch"], paperRows)}
`;
}
