import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { MergedAdapters } from '../../../src/merge/mergedAdapters.ts';

/* Adapters merged as peft's merge_and_unload merges them, bit for bit: test/fixtures/lora/golden.json. */

interface Golden {
  readonly base: string;
  readonly tied: boolean;
  readonly tensors: Readonly<
    Record<string, { readonly dtype: string; readonly shape: number[]; readonly sha256: string }>
  >;
}

const fixtures = join(import.meta.dirname, '../../fixtures');
const goldens = JSON.parse(readFileSync(join(fixtures, 'lora/golden.json'), 'utf8')) as Readonly<
  Record<string, Golden>
>;
const quiet = { signal: new AbortController().signal, onNote: () => undefined, onProgress: () => undefined };

describe('Merged adapters', () => {
  it('are there', () => {
    const folders = readdirSync(join(fixtures, 'lora'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.equal(folders.length, 26);
    assert.deepEqual(Object.keys(goldens).sort(), folders.map(({ name }) => name).sort());
    for (const [name, { tensors }] of Object.entries(goldens)) assert.ok(Object.keys(tensors).length > 0, name);
  });

  for (const [name, golden] of Object.entries(goldens)) {
    it(`${name} has the bytes of peft's`, async () => {
      const adapters = new MergedAdapters();
      try {
        const base = await openCheckpoint(join(fixtures, 'checkpoints', golden.base, 'base'));
        const merged = await adapters.open(join(fixtures, 'lora', name), base, quiet);
        assert.equal(merged.architecture.tiedEmbeddings, golden.tied);
        const found: Record<string, unknown> = {};
        for (const { name: tensor, dtype, shape, shard, begin, byteLength } of merged.tensors.values()) {
          const bytes = readFileSync(merged.shards[shard]!.path).subarray(begin, begin + byteLength);
          found[tensor] = { dtype, shape, sha256: createHash('sha256').update(bytes).digest('hex') };
        }
        assert.deepEqual(found, golden.tensors);
      } finally {
        await adapters.close();
      }
    });
  }
});
