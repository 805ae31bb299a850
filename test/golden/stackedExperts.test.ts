/* Experts that are stored as one tensor: read, scored, fused and reset as those that are stored one by one. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { checkPair } from '../../src/checkpoint/pair.ts';
import { readSafetensors } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import { encodeSafetensorsHeader } from '../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { commitCheckpoint } from '../../src/commit/commit.ts';
import { startEngine } from '../../src/engine/process/client.ts';
import { attribute } from './engineChecks.ts';
import { type Golden, loadGolden, resetSetOf } from './golden.ts';

type Tensor = { readonly dtype: 'BF16'; readonly shape: readonly number[]; readonly data: Uint8Array };

/** The tensors as transformers 5 holds them in memory, and writes them with `save_original_format=False`. */
function stacked(tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const [, block, expert, projection] = /^(.+\.experts)\.(\d+)\.(gate|up|down)_proj\.weight$/.exec(name) ?? [];
    if (block === undefined) found.set(name, tensor);
    else if (expert === '0' && projection !== 'up') {
      const parts: Tensor[] = [];
      for (let each = 0; ; each++) {
        const own = (projection === 'gate' ? ['gate', 'up'] : ['down']).map((part) =>
          tensors.get(`${block}.${each}.${part}_proj.weight`),
        );
        if (own[0] === undefined) break;
        parts.push(...own.map((part) => part!));
      }
      const experts = parts.length / (projection === 'gate' ? 2 : 1);
      const [rows, columns] = tensor.shape as [number, number];
      found.set(`${block}.${projection === 'gate' ? 'gate_up' : 'down'}_proj`, {
        dtype: 'BF16',
        shape: [experts, (parts.length / experts) * rows, columns],
        data: Buffer.concat(parts.map(({ data }) => data)),
      });
    }
  }
  return found;
}

describe('experts stored as one tensor', () => {
  let folder: string;
  let golden: Golden;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stacked-'));
    golden = await loadGolden('families/qwen3_moe');
    for (const side of ['base', 'sft'] as const) {
      cpSync(golden[side], join(folder, side), { recursive: true });
      const path = join(folder, side, 'model.safetensors');
      const tensors = stacked((await readSafetensors(path)) as ReadonlyMap<string, Tensor>);
      const specs = [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
      const data = [...tensors.values()].map((tensor) => tensor.data);
      writeFileSync(path, Buffer.concat([encodeSafetensorsHeader(specs).bytes, ...data]));
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [what, base, sft] of [
    ['both sides', true, true],
    ['the SFT checkpoint alone', false, true],
    ['the base alone', true, false],
  ] as const) {
    it(`of ${what}: the rejuvenated tensors are the golden ones, stored as the SFT checkpoint's`, async () => {
      const side = (which: 'base' | 'sft', inOne: boolean) => (inOne ? join(folder, which) : golden[which]);
      const pair = await checkPair(await openCheckpoint(side('base', base)), await openCheckpoint(side('sft', sft)));
      for (const dtype of [undefined, 'F32'] as const) {
        const out = join(folder, `of ${what} ${dtype}`);
        await commitCheckpoint({
          pair,
          alpha: golden.settings.alpha,
          resetSet: resetSetOf(golden),
          out,
          overwrite: false,
          ...(dtype !== undefined && { dtype }),
          manifest: (files) => ({ files }),
        });
        const wanted = (await readSafetensors(golden.rejuvenatedPath)) as ReadonlyMap<string, Tensor>;
        const expected = sft ? stacked(wanted) : wanted;
        const made = await readSafetensors(join(out, 'model.safetensors'));
        assert.deepEqual([...made.keys()].sort(), [...expected.keys()].sort());
        for (const [name, { shape, data, dtype: own }] of made) {
          assert.deepEqual([shape, own], [expected.get(name)!.shape, dtype ?? 'BF16'], name);
          if (dtype === undefined) assert.ok(Buffer.from(data).equals(Buffer.from(expected.get(name)!.data)), name);
        }
        await openCheckpoint(out);
      }
    });
  }

  it('are refused in another shape than config.json makes it, and beside the same experts apart', async () => {
    const tensors = (await readSafetensors(join(golden.sft, 'model.safetensors'))) as ReadonlyMap<string, Tensor>;
    const inOne = stacked(tensors);
    const write = (name: string, all: ReadonlyMap<string, Tensor>) => {
      const place = join(folder, name);
      cpSync(golden.sft, place, { recursive: true });
      const specs = [...all].map(([tensor, { dtype, shape }]) => ({ name: tensor, dtype, shape }));
      const data = [...all.values()].map((tensor) => tensor.data);
      writeFileSync(join(place, 'model.safetensors'), Buffer.concat([encodeSafetensorsHeader(specs).bytes, ...data]));
      return openCheckpoint(place);
    };
    const down = 'model.layers.0.mlp.experts.down_proj';
    const turned = new Map(inOne).set(down, { ...inOne.get(down)!, shape: [4, 14, 32] });
    await assert.rejects(write('turned', turned), (error: Error) =>
      error.message.endsWith(`tensor "${down}" has the shape [4, 14, 32], but config.json makes it [4, 32, 14].`),
    );
    await assert.rejects(write('twice', new Map([...inOne, ...tensors])), (error: Error) =>
      error.message.endsWith(
        `holds "model.layers.0.mlp.experts.0.down_proj.weight" twice: by itself, and among those of "model.layers.0.mlp.experts.down_proj".`,
      ),
    );
  });

  it('have the scores of those stored one by one, to the bit', async () => {
    const engine = await startEngine({ device: 'cpu', memoryBytes: 2 * 2 ** 30 });
    try {
      const apart = await attribute(engine, golden);
      const inOne = await attribute(engine, { ...golden, sft: join(folder, 'sft') });
      assert.deepEqual(inOne.scores, apart.scores);
    } finally {
      await engine.dispose();
    }
  });
});
