import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareCheckpoints } from '../../../src/comparison/compareCheckpoints.ts';
import { fixtures } from '../../paths.ts';

describe('checkpoints that are compared', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'swapped-')));
    cpSync(join(fixtures, 'checkpoints', 'tiny-qwen2-tied'), folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const name of ['model.safetensors', 'tokenizer.json']) {
    it(`end the comparison when a ${name} is replaced by its copy, and no record is left`, async () => {
      const path = join(folder, 'sft', name);
      const replace = () => {
        const { atimeMs, mtimeMs } = statSync(path);
        copyFileSync(path, `${path}.other`);
        utimesSync(`${path}.other`, atimeMs / 1000, mtimeMs / 1000);
        renameSync(`${path}.other`, path);
      };
      const comparing = compareCheckpoints(
        {
          checkpoints: [join(folder, 'base'), join(folder, 'sft')],
          pairs: 'reference',
          record: join(folder, 'a.comparison.json'),
          overwrite: false,
        },
        {
          signal: new AbortController().signal,
          onEvent: (event) => event.type === 'phase' && event.phase === 'compare' && replace(),
          startEngine: () => assert.fail('an engine was started'),
        },
      );
      await assert.rejects(comparing, {
        name: 'RunError',
        message: new RegExp(`^"${path}" changed (after its header was read|while it was compared): leave it alone`),
      });
      assert.deepEqual(readdirSync(folder).sort(), ['base', 'sft']);
    });
  }
});
