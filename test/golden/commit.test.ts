import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storedName } from '../../src/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { checkPair } from '../../src/checkpoint/pair.ts';
import { readSafetensors } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import { commitCheckpoint } from '../../src/commit/commit.ts';
import { familyNames, goldenNames, loadGolden, resetSetOf } from './golden.ts';

describe('commit against the golden values', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'commit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const name of [...goldenNames, ...familyNames()]) {
    it(`${name}: every tensor bit-identical, the files laid out as the SFT checkpoint's`, async () => {
      const golden = await loadGolden(name);
      const pair = await checkPair(await openCheckpoint(golden.base), await openCheckpoint(golden.sft));
      const out = join(folder, 'rejuvenated');
      await commitCheckpoint({
        pair,
        alpha: golden.settings.alpha,
        resetSet: resetSetOf(golden),
        out,
        overwrite: false,
        manifest: (files) => ({ files }),
      });
      const made = await openCheckpoint(out);
      const expected = await readSafetensors(golden.rejuvenatedPath);
      const names = [...made.tensors.values()].map((entry) => storedName(made, entry));
      assert.deepEqual(names.sort(), [...expected.keys()].sort());
      for (const { name: shard, path } of made.shards) {
        for (const [tensor, { dtype, shape, data }] of await readSafetensors(path)) {
          const wanted = expected.get(tensor)!;
          assert.deepEqual({ dtype, shape }, { dtype: wanted.dtype, shape: wanted.shape }, tensor);
          assert.ok(Buffer.from(data).equals(Buffer.from(wanted.data)), `${shard}: ${tensor} differs`);
        }
      }
      const { sft } = pair;
      assert.deepEqual(
        made.shards.map((shard) => [shard.name, shard.byteLength, shard.dataStart]),
        sft.shards.map((shard) => [shard.name, shard.byteLength, shard.dataStart]),
      );
      for (const file of ['config.json', 'tokenizer.json', 'generation_config.json', sft.indexName ?? 'config.json']) {
        assert.ok(readFileSync(join(out, file)).equals(readFileSync(join(golden.sft, file))), file);
      }
    });
  }
});
