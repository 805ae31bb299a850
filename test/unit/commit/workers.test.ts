import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckpointPair } from '../../../src/checkpoint/pair.ts';
import type { WeightDtype } from '../../../src/checkpoint/safetensors/dtype.ts';
import type { TensorSpec } from '../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import type { CommitOptions } from '../../../src/commit/commitOptions.ts';
import { giveMemory, type Lanes, openLanes } from '../../../src/commit/weights/lanes.ts';
import { handMadePair } from './handMadePair.ts';

/* Commits by threads: the same bytes and manifest as in one, however files are cut into spans and dealt out. */

const attention = 'model.layers.0.self_attn';
const mlp = 'model.layers.0.mlp';
const spec = (name: string, dtype: TensorSpec['dtype'], ...shape: number[]): TensorSpec => ({ name, dtype, shape });

/** 21 MB: rows and columns that spans cut, a row longer than a span, dtypes of all kinds at odd places. */
const large: readonly TensorSpec[] = [
  spec('model.flags.weight', 'BOOL', 5),
  spec(`${attention}.q_proj.weight`, 'BF16', 1999, 1501),
  spec(`${attention}.q_proj.bias`, 'BF16', 1999),
  spec(`${attention}.o_proj.weight`, 'F16', 1001, 2003),
  spec(`${mlp}.gate_proj.weight`, 'F32', 3, 1_100_003),
  spec('model.steps.weight', 'I64', 7),
];
const small: readonly TensorSpec[] = [
  spec(`${mlp}.up_proj.weight`, 'F32', 311, 601),
  spec(`${mlp}.down_proj.weight`, 'BF16', 601, 311),
  spec('model.empty.weight', 'BF16', 0, 4),
];
const resetSet: CommitOptions['resetSet'] = new Map([
  [`${attention}.q_proj`, Uint32Array.of(0, 1396, 1397, 1998)],
  [`${attention}.o_proj`, Uint32Array.of(0, 1000, 2002)],
  [`${mlp}.gate_proj`, Uint32Array.of(1)],
  [`${mlp}.up_proj`, Uint32Array.of(0, 310)],
  [`${mlp}.down_proj`, Uint32Array.of(7, 310)],
]);

describe('lanes', () => {
  it('take the memory of those before, once it was given back', async () => {
    const pair = { base: { shards: [] }, sft: { shards: [] }, completion: undefined, alpha: 0.5 };
    const end = ({ all }: Lanes) => Promise.all(all.map((lane) => lane.end(new Error('over'))));
    const first = await openLanes(pair, 0);
    const beside = await openLanes(pair, 0);
    assert.notEqual(beside.memory, first.memory);
    await end(first);
    giveMemory(first.memory);
    const next = await openLanes(pair, 0);
    assert.equal(next.memory, first.memory);
    await Promise.all([beside, next].map(end));
  });
});

describe('commits by threads', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'workers-')));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Commits in this thread and by so many others, and compares every file. */
  async function same(pair: CheckpointPair, counts: readonly number[], dtype?: WeightDtype): Promise<void> {
    const commit = async (workers: number | undefined) => {
      const out = join(folder, `out-${workers}`);
      const manifest: CommitOptions['manifest'] = (files) => ({ files });
      await commitCheckpoint({ pair, alpha: 0.3, resetSet, dtype, out, overwrite: false, manifest, workers });
      return out;
    };
    const alone = await commit(undefined);
    for (const workers of counts) {
      const out = await commit(workers);
      assert.deepEqual(readdirSync(out).sort(), readdirSync(alone).sort());
      for (const name of readdirSync(alone)) {
        assert.ok(readFileSync(join(out, name)).equals(readFileSync(join(alone, name))), `${name}, ${workers} workers`);
      }
      rmSync(out, { recursive: true });
    }
  }

  it('write the same bytes of one large file, its base in several', async () => {
    await same(handMadePair(folder, [[...large, ...small]], [small, large.toReversed()]), [1, 2, 3]);
  });

  it('write the same bytes of many small files, in another dtype too', async () => {
    const many = Array.from({ length: 12 }, (_, i) => [spec(`model.part${i}.weight`, 'F16', 40 + i, 3)]);
    const pair = handMadePair(folder, [...many, [...small], [...large]], [[...large, ...small, ...many.flat()]]);
    await same(pair, [3]);
    rmSync(join(folder, 'out-undefined'), { recursive: true });
    await same(pair, [2], 'F32');
  });
});
