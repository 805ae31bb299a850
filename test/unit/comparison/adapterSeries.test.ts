import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expandSeries, needsBase } from '../../../src/comparison/checkpoints/checkpointSeries.ts';
import { compareCheckpoints } from '../../../src/comparison/compareCheckpoints.ts';
import { startEngine } from '../../../src/engine/process/client.ts';
import { fixtures } from '../../paths.ts';
import { baseOf, changedAdapter } from '../merge/adapterFolder.ts';

/* A training run whose steps are LoRA adapters, as trainers leave them: compared after the base. */

describe('series of adapters', () => {
  const base = baseOf('plain');
  let folder: string;
  const at = (name: string) => join(folder, name);
  const compare = (checkpoints: readonly string[]) =>
    compareCheckpoints(
      { checkpoints, pairs: 'reference', overwrite: false },
      { onEvent: () => undefined, signal: new AbortController().signal, startEngine },
    );
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'series-')));
    for (const name of ['run/checkpoint-10', 'run/checkpoint-9', 'run/checkpoint-11', 'run/checkpoint-12']) {
      mkdirSync(at(name), { recursive: true });
    }
    await changedAdapter(at('run/checkpoint-10'), { config: { lora_alpha: 3 } });
    await changedAdapter(at('run/checkpoint-9'), {});
    // Of another rank than its weights, so that only the base tells; and one without weights.
    await changedAdapter(at('run/checkpoint-11'), { config: { r: 5 } });
    cpSync(join(fixtures, 'lora/plain/adapter_config.json'), at('run/checkpoint-12/adapter_config.json'));
    await changedAdapter(at('run'), { config: { lora_alpha: 1 } });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are the steps in order and the final adapter last, without those that do not fit the base', async () => {
    const { folders, notes } = await expandSeries([base, at('run')]);
    assert.deepEqual(folders, [base, at('run/checkpoint-9'), at('run/checkpoint-10'), at('run')]);
    assert.equal(notes.length, 2);
    assert.match(notes[0]!, /^Step "checkpoint-11" is left out: .* gives .* the rank 5\.$/);
    assert.equal(
      notes[1],
      `Step "checkpoint-12" is left out: "${at('run/checkpoint-12')}" holds adapter_config.json but no adapter_model.safetensors: the adapter was not saved completely.`,
    );
  });

  it('leave out a final adapter that is broken', async () => {
    rmSync(at('run/adapter_model.safetensors'));
    const { folders, notes } = await expandSeries([base, at('run')]);
    assert.deepEqual(folders, [base, at('run/checkpoint-9'), at('run/checkpoint-10')]);
    assert.match(notes.at(-1)!, /^What lies in ".*\/run" itself is left out: .* was not saved completely\.$/);
  });

  it('are merged and compared, with notes on both', async () => {
    const { record } = await compare([base, at('run')]);
    assert.deepEqual(
      record.checkpoints.map(({ name, step, mergedInto }) => [name, step, mergedInto]),
      [
        ['base', undefined, undefined],
        ['checkpoint-9', 9, base],
        ['checkpoint-10', 10, base],
        ['run', undefined, base],
      ],
    );
    const kinds = record.notes.map((note) => /is a LoRA adapter|is left out/.exec(note)?.[0]);
    assert.equal(kinds.filter((kind) => kind === 'is a LoRA adapter').length, 3);
    assert.equal(kinds.filter((kind) => kind === 'is left out').length, 2);
    const changed = record.differences.map((pair) => pair.filter((each) => each.norm > 0).length);
    assert.equal(new Set(changed).size, 1);
    assert.ok(changed[0]! > 0);
  });

  it('need a base', async () => {
    const named = ['run', 'run/checkpoint-9'].map(at);
    assert.deepEqual(await Promise.all([...named, base, at('nowhere')].map(needsBase)), [true, true, false, false]);
    await assert.rejects(compare([at('run')]), {
      name: 'InputError',
      message: /checkpoint-9" holds an adapter .* in a comparison, after its base/,
    });
  });
});
