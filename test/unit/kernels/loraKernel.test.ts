import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WeightDtype } from '../../../src/checkpoint/safetensors/dtype.ts';
import { type LoadedTensor, readSafetensors } from '../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { distFolder } from '../../../src/distFolder.ts';
import { blockOf, isBehindFlag, LoraKernel, type LowRank } from '../../../src/kernels/loraKernel.ts';
import { fixtures, root } from '../../paths.ts';

const floats = ({ data }: LoadedTensor) => new Float32Array(Uint8Array.from(data).buffer);

/** Adds a product to weights, chunk by chunk. */
function added(kernel: LoraKernel, weights: LoadedTensor, product: LowRank): Buffer {
  const { rows } = product;
  const step = kernel.start(product, weights.dtype as WeightDtype);
  const rowBytes = weights.data.length / rows;
  const result = Buffer.from(weights.data);
  for (let row = 0; row < rows; row += step) {
    const count = Math.min(step, rows - row);
    const part = result.subarray(row * rowBytes, (row + count) * rowBytes);
    const chunk = kernel.chunk(count);
    chunk.set(part);
    kernel.add(row, count);
    part.set(chunk);
  }
  return result;
}

for (const exact of [false, true]) {
  describe(`low-rank kernel, ${exact ? 'by float64' : 'with the fused instruction'}`, () => {
    let kernel: LoraKernel;
    let tensors: Map<string, LoadedTensor>;
    before(async () => {
      kernel = await LoraKernel.load(distFolder, exact);
      tensors = await readSafetensors(join(fixtures, 'lora', 'products.safetensors'));
    });

    for (const rank of [1, 7, 193, 400]) {
      for (const dtype of ['bf16', 'f16', 'f32']) {
        it(`adds a product of rank ${rank} to ${dtype} as PyTorch does, bit for bit`, () => {
          const get = (name: string) => tensors.get(`${rank}.${name}`)!;
          const [a, b] = [get('a'), get('b')];
          const [rows, columns] = [b.shape[0]!, a.shape[1]!];
          const left = { values: floats(b), row: rank, column: 1 };
          const right = { values: floats(a), row: columns, column: 1 };
          const product = { left, right, rows, columns, rank, scaling: 0.3, rounding: false };
          const weights = get(`${dtype}.w`);
          const linear = added(kernel, weights, product);
          assert.ok(linear.equals(get(`${dtype}.linear`).data));
          const rounded = added(kernel, weights, { ...product, rounding: true });
          assert.ok(rounded.equals(get(`${dtype}.embedding`).data));
          // The same matrices stored the other way round.
          const turned = (m: Float32Array, height: number, width: number) =>
            Float32Array.from(m, (_, i) => m[(i % height) * width + Math.floor(i / height)]!);
          const other = added(kernel, weights, {
            ...product,
            left: { values: turned(left.values, rows, rank), row: 1, column: rows },
            right: { values: turned(right.values, rank, columns), row: 1, column: rank },
          });
          assert.ok(other.equals(linear));
        });
      }
    }

    it('rounds a product and a sum once', () => {
      // (1 + 2^-12)² = 1 + 2^-11 + 2^-24: rounded before it is added to −1 it loses its last part.
      const x = 1 + 2 ** -12;
      const left = { values: Float32Array.of(-1, x), row: 2, column: 1 };
      const right = { values: Float32Array.of(1, x), row: 1, column: 1 };
      const weights: LoadedTensor = { dtype: 'F32', shape: [1, 1], data: new Uint8Array(4) };
      const product = { left, right, rows: 1, columns: 1, rank: 2, scaling: 1, rounding: false };
      const sum = added(kernel, weights, product).readFloatLE();
      assert.equal(sum, 2 ** -11 + 2 ** -24);
    });

    it('never meets a false tie', () => {
      const weights: LoadedTensor = { dtype: 'F32', shape: [1, 1], data: new Uint8Array(4) };
      const sum = (first: number, x: number, y: number) => {
        const left = { values: Float32Array.of(1, x), row: 2, column: 1 };
        const right = { values: Float32Array.of(first, y), row: 1, column: 1 };
        const product = { left, right, rows: 1, columns: 1, rank: 2, scaling: 1, rounding: false };
        return added(kernel, weights, product).readFloatLE();
      };
      // 1 + 2^-24 lies between two float32 and goes to 1; 2^-60 more, which float64 drops beside 1, sends it up.
      assert.equal(sum(1, 2 ** -24 * (1 + 2 ** -12), 1 - 2 ** -12 + 2 ** -24), 1 + 2 ** -23);
      // 1 + 2^-23 + 2^-24 goes up; 2^-70 less sends it down.
      assert.equal(sum(1 + 2 ** -23, 2 ** -24 * (1 + 2 ** -23), 1 - 2 ** -23), 1 + 2 ** -23);
      assert.equal(sum(-1, -(2 ** -24) * (1 + 2 ** -12), 1 - 2 ** -12 + 2 ** -24), -(1 + 2 ** -23));
    });

    it('refuses more rows than a chunk has', () => {
      const one = { values: Float32Array.of(1), row: 1, column: 1 };
      const product = { left: one, right: one, rows: 1, columns: 1, rank: 1, scaling: 1, rounding: false };
      const step = kernel.start(product, 'F32');
      assert.throws(() => kernel.add(0, step + 1), RangeError);
    });
  });
}

describe('low-rank kernel', () => {
  it('cuts the rank as MKL does', () => {
    assert.deepEqual([1, 192, 193, 383, 384, 385, 1024].map(blockOf), [1, 192, 96, 191, 192, 192, 192]);
  });

  it('sets a flag of V8 only where V8 knows it', () => {
    const versions = [
      '10.2.154.26-node.36',
      '11.3.244.8-node.26',
      '11.4.0',
      '12.4.254.21-node.35',
      '13.6.233.17-node.37',
    ];
    assert.deepEqual(versions.map(isBehindFlag), [true, true, false, false, false]);
    assert.equal(isBehindFlag(), process.versions.node.startsWith('20.'));
    // V8 says past `process.stderr` what it does not know.
    const args = ['--import', 'tsx', '--input-type=module', '--eval'];
    const script = `
      const { LoraKernel } = await import(${JSON.stringify(join(root, 'src/kernels/loraKernel.ts'))});
      await LoraKernel.load(process.argv[1]).catch(() => {});`;
    const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
    try {
      writeFileSync(join(folder, 'lora.wasm'), 'not WebAssembly');
      const { status, stderr } = spawnSync(process.execPath, [...args, script, folder], { encoding: 'utf8' });
      assert.deepEqual([status, stderr], [0, '']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says in words that a file of it is missing or damaged', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
    const said = (name: string, fault: string) => ({ name: 'RunError', message: `"${join(folder, name)}" ${fault}` });
    try {
      const missing = 'is missing: build the project (npm run build).';
      await assert.rejects(LoraKernel.load(folder), said('lora.wasm', missing));
      // What does not run here is left alone where the other does.
      writeFileSync(join(folder, 'lora.wasm'), 'not WebAssembly');
      await assert.rejects(LoraKernel.load(folder), said('loraExact.wasm', missing));
      copyFileSync(join(distFolder, 'loraExact.wasm'), join(folder, 'loraExact.wasm'));
      assert.equal((await LoraKernel.load(folder)).fast, false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
