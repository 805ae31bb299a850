import { dtypeBytes, type WeightDtype, weightDtypes } from '../src/checkpoint/safetensors/dtype.ts';
import { type FuseDtypes, FuseKernel } from '../src/kernels/fuseKernel.ts';
import { generator } from './generateCheckpoint.ts';
import { row } from './report.ts';

/* Times the fusion kernel alone, for every combination of dtypes, against bfloat16 throughout. */

const rounds = 15;
/** Chunks a round, of a chunk that stays in the cache. */
const chunks = 40;

const plain: FuseDtypes = { sft: 'BF16', base: 'BF16', out: 'BF16' };

function combinations(): FuseDtypes[] {
  const each = <Value>(value: (dtype: WeightDtype) => Value) => weightDtypes.map(value);
  return each((sft) => each((base) => each((out) => ({ sft, base, out })))).flat(2);
}

/** Weights of about the size that trained ones have, in each dtype: no NaN and next to no subnormal, which are slow. */
function weights(kernel: FuseKernel, elements: number): Readonly<Record<WeightDtype, Uint8Array>> {
  const random = generator(7);
  const values = Float32Array.from({ length: elements }, () => 0.1 * (random() - 0.5));
  const as = (out: WeightDtype) => {
    kernel.sft.set(new Uint8Array(values.buffer));
    return kernel.fuse({ sft: 'F32', base: 'F32', out }, elements, 1, false).slice();
  };
  return { BF16: as('BF16'), F16: as('F16'), F32: as('F32') };
}

/** Nanoseconds an element, and gigabytes a second read and written. */
export async function benchFusing(): Promise<void> {
  const kernel = await FuseKernel.load();
  const elements = kernel.chunkElements({ sft: 'F32', base: 'F32', out: 'F32' });
  const stored = weights(kernel, elements);
  const time = (dtypes: FuseDtypes, masked: boolean): number => {
    kernel.base.set(stored[dtypes.base]);
    let taken = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      // Where all are alike the result is in its place.
      kernel.sft.set(stored[dtypes.sft]);
      const start = performance.now();
      kernel.fuse(dtypes, elements, 0.3, masked);
      taken += performance.now() - start;
    }
    return (1e6 * taken) / (chunks * elements);
  };
  const all = combinations();
  const taken = all.map(() => ({ plain: [] as number[], free: [] as number[], masked: [] as number[] }));
  kernel.mask.fill(0);
  for (let round = 0; round < rounds; round++) {
    for (const [i, dtypes] of all.entries()) {
      taken[i]!.plain.push(time(plain, false));
      taken[i]!.free.push(time(dtypes, false));
      taken[i]!.masked.push(time(dtypes, true));
    }
  }
  console.log(
    `\nFusing in the kernel alone, least of ${rounds}: ns an element, GB/s in and out, without and with a mask`,
  );
  row('BF16 BF16 → BF16', `${Math.min(...taken.flatMap((each) => each.plain)).toFixed(3)} ns`);
  for (const [i, { sft, base, out }] of all.entries()) {
    const [free, masked] = [Math.min(...taken[i]!.free), Math.min(...taken[i]!.masked)];
    const bytes = dtypeBytes[sft] + dtypeBytes[base] + dtypeBytes[out];
    const ratio = free / Math.min(...taken[i]!.plain);
    row(
      `${sft} ${base} → ${out}`,
      `${free.toFixed(3)} ns, ${(bytes / free).toFixed(1)} GB/s, ${ratio.toFixed(2)}× bf16's time; masked ${masked.toFixed(3)} ns`,
    );
  }
}
