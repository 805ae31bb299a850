import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../../src/errors.ts';
import { writeRecord } from '../../../src/record/run/recordFile.ts';
import { recordPaths } from '../../../src/record/run/recordPaths.ts';
import { checkOutputs, type RunOutputs } from '../../../src/run/files/runOutputs.ts';

import { stagedName } from '../files/stagedName.ts';
import { tinyRecord } from '../record/tinyRecord.ts';

describe('run outputs', () => {
  let root: string;
  const at = (path: string) => join(root, path);
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'outputs-')));
    for (const folder of ['in', 'in/base', 'in/sft', 'out', 'out/full']) mkdirSync(at(folder));
    for (const file of [
      'pairs.jsonl',
      'in/base/config.json',
      'out/full/rejuvenation.json',
      'out/a.rejuvenation.json',
      'out/file',
    ]) {
      writeFileSync(at(file), '');
    }
    symlinkSync(at('in/base'), at('link'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const check = (outputs: RunOutputs, overwrite = false) =>
    checkOutputs({ base: at('in/base'), sft: at('in/sft'), calibration: [at('pairs.jsonl')] }, outputs, overwrite);

  it('accepts free places', async () => {
    await check({
      record: at('out/new.rejuvenation.json'),
      scores: at('out/new.safetensors'),
      checkpoint: at('out/checkpoint'),
    });
  });

  it('accepts what exists with overwrite', async () => {
    await check({ record: at('out/a.rejuvenation.json'), checkpoint: at('out/full') }, true);
  });

  const record = 'out/new.rejuvenation.json';
  const rows: readonly (readonly [outputs: RunOutputs, message: string, overwrite?: boolean])[] = [
    [{ record: 'out/new.json' }, 'The record "<root>/out/new.json" must be named NAME.rejuvenation.json.'],
    [
      { record: 'out/.rejuvenation.json' },
      'The record "<root>/out/.rejuvenation.json" must be named NAME.rejuvenation.json.',
    ],
    [
      { record: 'out/a.rejuvenation.json' },
      'The record "<root>/out/a.rejuvenation.json" exists already: choose another place, or pass --overwrite.',
    ],
    [
      { record: 'nowhere/a.rejuvenation.json' },
      'The folder of the record, "<root>/nowhere", does not exist: create it first.',
    ],
    [{ record: 'out/file/a.rejuvenation.json' }, '"<root>/out/file", which should hold the record, is not a folder.'],
    [
      { record: 'in/base/a.rejuvenation.json' },
      'The record "<root>/in/base/a.rejuvenation.json" lies inside the input "<root>/in/base": choose another place.',
    ],
    [
      { record, checkpoint: 'in/sft' },
      'The checkpoint "<root>/in/sft" is the input "<root>/in/sft": choose another place.',
    ],
    [
      { record, checkpoint: 'link' },
      'The checkpoint "<root>/link" is the input "<root>/in/base": choose another place.',
    ],
    [
      { record, checkpoint: 'link/out' },
      'The checkpoint "<root>/link/out" lies inside the input "<root>/in/base": choose another place.',
    ],
    [
      { record, checkpoint: 'in' },
      'The checkpoint "<root>/in" contains the input "<root>/in/base": choose another place.',
      true,
    ],
    [
      { record, checkpoint: 'out/full' },
      'The checkpoint "<root>/out/full" exists already: choose another place, or pass --overwrite.',
    ],
    [
      { record, checkpoint: 'out/file' },
      'The checkpoint "<root>/out/file" exists and is not a folder: choose another place.',
      true,
    ],
    [
      { record: 'out/full/a.rejuvenation.json', checkpoint: 'out/full' },
      'The record "<root>/out/full/a.rejuvenation.json" lies inside the checkpoint "<root>/out/full": choose another place.',
      true,
    ],
    [{ record, scores: 'out/scores.bin' }, 'The score file "<root>/out/scores.bin" must end in .safetensors.'],
    [
      { record, scores: 'out/new.rejuvenation.safetensors' },
      'The record\'s arrays file and the score file are both "<root>/out/new.rejuvenation.safetensors": choose two places.',
    ],
    [
      { record, scores: 'out/new.rejuvenation.partial/s.safetensors' },
      'The folder of the score file, "<root>/out/new.rejuvenation.partial", does not exist: create it first.',
    ],
  ];
  for (const [outputs, message, overwrite = false] of rows) {
    it(message, async () => {
      const absolute: RunOutputs = {
        record: at(outputs.record),
        scores: outputs.scores && at(outputs.scores),
        checkpoint: outputs.checkpoint && at(outputs.checkpoint),
      };
      await assert.rejects(check(absolute, overwrite), (error) => {
        assert.ok(error instanceof InputError);
        assert.equal(error.message.replaceAll(root, '<root>'), message);
        return true;
      });
    });
  }

  for (const [what, inputs] of [
    ['calibration file', (path: string) => ({ calibration: [path] })],
    ['tokenizer', (path: string) => ({ tokenizer: path })],
    ['chat template', (path: string) => ({ chatTemplate: path })],
  ] as const) {
    it(`refuses a ${what} in the folder that a run removes`, async () => {
      const partial = at('out/new.rejuvenation.partial');
      mkdirSync(partial);
      writeFileSync(join(partial, 'input'), '');
      const calibration = [at('pairs.jsonl')];
      const sources = { base: at('in/base'), sft: at('in/sft'), calibration, ...inputs(join(partial, 'input')) };
      await assert.rejects(
        checkOutputs(sources, { record: at(record) }, true),
        new InputError(`The ${what} lies inside "${partial}", which this run would remove: move it.`),
      );
    });
  }

  it('refuses an arrays file without its record, unless a cut-off write left it', async () => {
    writeFileSync(at('out/new.rejuvenation.safetensors'), 'somebody else');
    await assert.rejects(check({ record: at(record) }), InputError);
    const staged = stagedName(at(record));
    writeFileSync(staged, '{}');
    await assert.rejects(check({ record: at(record) }), InputError);
    rmSync(at('out/new.rejuvenation.safetensors'));
    const { draft, layout, arrays } = tinyRecord();
    await writeRecord(at(record), draft, layout, arrays);
    renameSync(at(record), staged);
    await check({ record: at(record) });
  });

  it('names the files of a record', () => {
    assert.deepEqual(recordPaths('/x/a.rejuvenation.json'), {
      json: '/x/a.rejuvenation.json',
      arrays: '/x/a.rejuvenation.safetensors',
      partial: '/x/a.rejuvenation.partial',
    });
  });
});
