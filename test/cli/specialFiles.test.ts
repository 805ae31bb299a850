import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRecord } from '../../src/record/run/recordFile.ts';
import { fixtures } from '../paths.ts';
import { writeTinyComparison } from '../unit/record/tinyComparison.ts';
import { tinyRecord } from '../unit/record/tinyRecord.ts';
import { rejuvenate } from './rejuvenate.ts';

const run = 'run --base $/base --sft $/sft --calibration $/pairs.jsonl --device cpu --out $/out';
const diff = 'diff $/base $/sft';

/** What is replaced, and the commands that read it. `$` stands for the test's folder. */
const rows: readonly (readonly [string, readonly string[]])[] = [
  ['pairs.jsonl', [run, `${diff} --calibration $/pairs.jsonl --device cpu`]],
  ['sft/config.json', [run, diff]],
  ['sft/tokenizer.json', [run, diff]],
  ['sft/tokenizer_config.json', [run]],
  ['sft/model.safetensors.index.json', [run, diff]],
  ['sft/model-00001-of-00004.safetensors', [run]],
  ['base/model-00002-of-00004.safetensors', [diff]],
  ['r.rejuvenation.json', ['show $/r.rejuvenation.json', 'commit $/r.rejuvenation.json --out $/out']],
  ['r.rejuvenation.safetensors', ['show $/r.rejuvenation.json', 'verify $/r.rejuvenation.json $/sft --device cpu']],
  ['c.comparison.json', ['show $/c.comparison.json']],
  ['c.comparison.safetensors', ['show $/c.comparison.json']],
];

describe('pipes and devices in place of inputs', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  beforeEach(async function () {
    if (process.platform === 'win32') this.skip();
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'special-')));
    cpSync(join(fixtures, 'checkpoints', 'tiny-qwen3-untied-sharded'), folder, { recursive: true });
    cpSync(join(fixtures, 'checkpoints', 'tiny-calibration.jsonl'), at('pairs.jsonl'));
    writeFileSync(at('sft/tokenizer_config.json'), '{}');
    const { draft, layout, arrays } = tinyRecord();
    await writeRecord(at('r.rejuvenation.json'), draft, layout, arrays);
    await writeTinyComparison(at('c.comparison.json'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [name, commands] of rows) {
    it(`${name} is refused, not waited for`, async () => {
      for (const [said, make] of [
        [
          'a named pipe, not a regular file: write what it gives into a file and give that',
          () => execFileSync('mkfifo', [at(name)]),
        ],
        ['a device, not a regular file', () => symlinkSync('/dev/zero', at(name))],
      ] as const) {
        rmSync(at(name));
        make();
        for (const command of commands) {
          const { exitCode, stderr } = await rejuvenate(
            command.split(' ').map((word) => word.replaceAll('$', folder)),
            () => undefined,
            { patience: 120_000 },
          );
          assert.deepEqual(
            [stderr.trimEnd().split('\n').at(-1), exitCode],
            [`error: Cannot read "${at(name)}": it is ${said}.`, 2],
            command,
          );
        }
      }
    });
  }
});
