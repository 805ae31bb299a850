import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from '../../../../src/checkpoint/checkpoint.ts';
import type { TensorSpec } from '../../../../src/checkpoint/safetensors/safetensorsWriter.ts';
import { differTensors } from '../../../../src/comparison/weights/differTensors.ts';
import { readTensorWindow } from '../../../../src/comparison/weights/tensorWindow.ts';
import { differencesOf, largeRows, onePair, severalBlocks } from './differencesOf.ts';
import { randomCheckpoint } from './rawCheckpoint.ts';

describe('how a diff goes on and ends', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'diff-endings-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, specs: readonly TensorSpec[], seed: number, tied = false) =>
    randomCheckpoint(join(folder, name), specs, seed, tied);

  it('counts the bytes that it goes through', async () => {
    const checkpoints = await Promise.all([1, 2].map((seed) => write(`bytes-${seed}`, severalBlocks, seed)));
    const told: [number, number][] = [];
    await differencesOf(checkpoints, onePair, { onProgress: (done, total) => told.push([done, total]) });
    const total = 2 * (7 * 4 + largeRows * 1500 * 2 + 300 * 20 * 2);
    assert.deepEqual(told.at(-1), [total, total]);
    assert.ok(told.every(([done], i) => i === 0 || done > told[i - 1]![0]));
  });

  it('goes through what checkpoints share, and names a tensor that is no float', async () => {
    const a: TensorSpec = { name: 'a', dtype: 'F32', shape: [2, 3] };
    const full = await write('full', [a, { name: 'b', dtype: 'F32', shape: [3] }], 1);
    const lacking = await write('lacking', [a], 1);
    const turned = await write('turned', [{ ...a, shape: [3, 2] }], 1);
    const whole = await write('whole', [{ ...a, name: 'a\n<i>', dtype: 'I32' }, a], 1);
    const names = async (...checkpoints: Checkpoint[]) =>
      (await differencesOf(checkpoints)).map(([, difference]) => difference.name);
    assert.deepEqual(await names(full, lacking), ['a']);
    assert.deepEqual(await names(lacking, full), ['a']);
    assert.deepEqual(await names(lacking, turned), []);
    await assert.rejects(differencesOf([whole, whole]), {
      name: 'InputError',
      message: `Tensor "a\\n<i>" has the dtype I32 in "${whole.folder}"; weights must be BF16, F16 or F32.`,
    });
  });

  it('refuses files that changed or went away after their headers were read', async () => {
    const specs: readonly TensorSpec[] = [{ name: 'a', dtype: 'F32', shape: [50] }];
    const kept = await write('kept', specs, 1);
    const changed = await write('changed', specs, 2);
    const { path } = changed.shards[0]!;
    appendFileSync(path, 'more');
    await assert.rejects(differencesOf([kept, changed]), {
      name: 'RunError',
      message: `"${path}" changed after its header was read: leave it alone and try again.`,
    });
    rmSync(path);
    const message = `Cannot read "${path}": there is no such file.`;
    await assert.rejects(differencesOf([kept, changed]), { name: 'InputError', message });
    const bounds = { rowStart: 0, rowEnd: 1, columnStart: 0, columnEnd: 9 };
    await assert.rejects(readTensorWindow(changed, 'a', bounds), { name: 'InputError', message });
  });

  it('is the same in threads that were kept from others, whose files are closed', async () => {
    const checkpoints = await Promise.all([1, 2, 3].map((seed) => write(`kept-${seed}`, severalBlocks, seed)));
    const other = [{ reference: 1, checkpoint: 2 }];
    const first = await differencesOf(checkpoints, onePair, { workers: 2 });
    const wide = await Promise.all(
      [4, 5].map((seed) => write(`wide-${seed}`, [{ name: 'w', dtype: 'F32', shape: [3, 9000] }], seed)),
    );
    await differencesOf(wide, onePair, { workers: 2 });
    const second = await differencesOf(checkpoints, other, { workers: 2 });
    assert.notDeepEqual(second, first);
    assert.deepEqual(await differencesOf(checkpoints, onePair, { workers: 1 }), first);
    assert.deepEqual(await differencesOf(checkpoints, other, { workers: 3 }), second);
    if (process.platform === 'linux') {
      const open = readdirSync('/proc/self/fd').flatMap((name) => {
        try {
          return [readlinkSync(join('/proc/self/fd', name))];
        } catch {
          return [];
        }
      });
      assert.deepEqual(
        open.filter((path) => path.startsWith(folder)),
        [],
      );
    }
  });

  it('goes on after a diff that failed, with threads of its own', async () => {
    const checkpoints = await Promise.all([1, 2].map((seed) => write(`after-${seed}`, severalBlocks, seed)));
    const first = await differencesOf(checkpoints);
    const gone = await write('gone', severalBlocks, 3);
    rmSync(gone.shards[0]!.path);
    await assert.rejects(differencesOf([checkpoints[0]!, gone]), { name: 'InputError' });
    assert.deepEqual(await differencesOf(checkpoints), first);
  });

  it('stops when asked to, before and in the middle', async () => {
    const checkpoints = await Promise.all([1, 2].map((seed) => write(`stop-${seed}`, severalBlocks, seed)));
    await assert.rejects(differencesOf(checkpoints, onePair, { signal: AbortSignal.abort() }), { name: 'Interrupted' });
    const controller = new AbortController();
    const names: string[] = [];
    const stopped = differTensors(checkpoints, onePair, {
      signal: controller.signal,
      workers: 1,
      onDifference: (_, { name }) => {
        names.push(name);
        controller.abort();
      },
    });
    await assert.rejects(stopped, { name: 'Interrupted' });
    assert.deepEqual(names, ['small']);
  });

  it("ends with what the caller's own function throws", async () => {
    const checkpoints = await Promise.all([1, 2].map((seed) => write(`throw-${seed}`, severalBlocks, seed)));
    const onDifference = () => {
      throw new Error('no space');
    };
    await assert.rejects(differencesOf(checkpoints, onePair, { onDifference }), { message: 'no space' });
  });
});
