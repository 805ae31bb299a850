import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { compareSteps, outerFolders, seriesFolderOf, stepOf } from '../../../src/checkpoint/folder/stepName.ts';
import { expandSeries, isSeries } from '../../../src/comparison/checkpoints/checkpointSeries.ts';
import { compareCheckpoints } from '../../../src/comparison/compareCheckpoints.ts';
import { startEngine } from '../../../src/engine/process/client.ts';
import { InputError } from '../../../src/errors.ts';
import { makeFolder } from '../checkpoint/folder/makeFolder.ts';
import { writeTiny } from '../checkpoint/tinyCheckpoint.ts';

describe('series of checkpoints', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(await realpath(tmpdir()), 'series-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const refused = async (work: Promise<unknown>, message: string) => {
    await assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.message.replaceAll(folder, '$'), message);
      return true;
    });
  };

  it('are ordered by step, as numbers, with the final model of the folder last', async () => {
    for (const step of [1000, 200, 30]) await writeTiny(at(`run/checkpoint-${step}`));
    await mkdir(at('run/checkpoint-best'));
    const steps = ['checkpoint-30', 'checkpoint-200', 'checkpoint-1000'].map((name) => at(`run/${name}`));
    assert.deepEqual(await expandSeries([at('run')]), { folders: steps, notes: [] });
    assert.deepEqual(await Promise.all(['run', 'run/checkpoint-30', 'nowhere'].map((name) => isSeries(at(name)))), [
      true,
      false,
      false,
    ]);
    await writeTiny(at('run'));
    await writeTiny(at('base'));
    const { folders } = await expandSeries([at('base'), at('run')]);
    assert.deepEqual(folders, [at('base'), ...steps, at('run')]);
    // Where one is enough, a series or a checkpoint alone is; a base is never a series.
    assert.deepEqual((await expandSeries([at('run/checkpoint-30')], { least: 1 })).folders, [at('run/checkpoint-30')]);
    const own = await expandSeries([at('run'), at('run')], { least: 1, baseFirst: true });
    assert.deepEqual(own.folders, [at('run'), ...steps, at('run')]);
    await writeTiny(at('one/checkpoint-5'));
    assert.deepEqual((await expandSeries([at('one')], { least: 1 })).folders, [at('one/checkpoint-5')]);
    const text = `"$/one" is a training run's folder without weights of its own; give one of its steps ("checkpoint-5"), such as "$/one/checkpoint-5".`;
    await refused(expandSeries([at('one'), at('run')], { baseFirst: true }), text);
    const { record } = await compareCheckpoints(
      { checkpoints: [at('run')], pairs: 'reference', overwrite: false },
      { onEvent: () => undefined, signal: new AbortController().signal, startEngine },
    );
    assert.deepEqual(
      record.checkpoints.map(({ name, step }) => [name, step]),
      [
        ['checkpoint-30', 30],
        ['checkpoint-200', 200],
        ['checkpoint-1000', 1000],
        ['run', undefined],
      ],
    );
  });

  it('are known by the names that trainers give their steps', async () => {
    const names: readonly (readonly string[])[] = [
      ['global_step_5', 'global_step_10', 'global_step_100'],
      ['iter_0000020', 'iter_0000100'],
      ['epoch_0', 'epoch_2', 'epoch_10'],
      ['step_9', 'step_10'],
      ['step-9', 'step-10'],
      ['epoch-1-step-5', 'epoch-1-step-40', 'epoch-2-step-3'],
      ['epoch_0_step_99', 'epoch_1_step_9'],
      ['checkpoint_2', 'checkpoint_11'],
    ];
    for (const [i, steps] of names.entries()) {
      for (const name of [...steps].reverse()) await writeTiny(at(`${i}/${name}`));
      const { folders } = await expandSeries([at(String(i))]);
      assert.deepEqual(
        folders.map((each) => basename(each)),
        steps,
      );
    }
    assert.deepEqual(
      [
        '/r/checkpoint-7',
        '/r/global_step_8/actor/huggingface',
        '/r/epoch-1-step-40',
        '/r/epoch_3',
        '/r/iter_0000020',
      ].map(stepOf),
      [7, 8, 40, 3, 20],
    );
    for (const name of [
      'checkpoint-',
      'checkpoint-best',
      'my-checkpoint-3',
      'stepwise',
      'step',
      'epoch-1-final',
      'huggingface',
    ]) {
      assert.equal(stepOf(`/r/${name}`), undefined, name);
    }
    assert.deepEqual(['step-10', 'step-9', 'epoch_1', 'step_010', 'step_10'].sort(compareSteps), [
      'epoch_1',
      'step-9',
      'step-10',
      'step_010',
      'step_10',
    ]);
    assert.equal(seriesFolderOf('/r/run/global_step_8/actor/huggingface'), '/r/run');
    assert.equal(seriesFolderOf('/r/run'), undefined);
    assert.deepEqual(outerFolders('/r/global_step_8/actor/huggingface'), [
      '/r/global_step_8/actor/huggingface',
      '/r/global_step_8/actor',
      '/r/global_step_8',
    ]);
    assert.deepEqual(outerFolders('/r/mine/model'), ['/r/mine/model']);
  });

  it('take the weights inside each step, said once', async () => {
    for (const step of [5, 10]) await writeTiny(at(`run/global_step_${step}/actor/huggingface`));
    const { folders, notes } = await expandSeries([at('run')]);
    assert.deepEqual(
      folders,
      [5, 10].map((step) => at(`run/global_step_${step}/actor/huggingface`)),
    );
    assert.deepEqual(notes, [`Of the steps in "${at('run')}" the weights in "actor/huggingface" are compared.`]);
  });

  it('leave broken steps out, and say which and why', async () => {
    for (const step of [10, 20, 30, 40, 50]) await writeTiny(at(`run/checkpoint-${step}`), { shards: 2 });
    await rm(at('run/checkpoint-10/model.safetensors.index.json'));
    await rm(at('run/checkpoint-30/model-00002-of-00002.safetensors'));
    await rm(at('run/checkpoint-40/config.json'));
    await makeFolder(at('run'), ['checkpoint-60/trainer_state.json', 'tmp-checkpoint-70/config.json']);
    const { folders, notes } = await expandSeries([at('run')]);
    assert.deepEqual(folders, [at('run/checkpoint-20'), at('run/checkpoint-50')]);
    const said = notes.map((note) => note.replaceAll(folder, '$').replace(/; if they are all of it.*/, ''));
    assert.deepEqual(said, [
      'Step "checkpoint-10" is left out: "$/run/checkpoint-10" holds "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors" but neither "model.safetensors" nor "model.safetensors.index.json", by which a checkpoint\'s weights are found',
      'Step "checkpoint-30" is left out: "$/run/checkpoint-30" is half-written: of the 2 shards that model.safetensors.index.json lists, 1 is missing ("model-00002-of-00002.safetensors"); download or copy the checkpoint again, or give another step of the run.',
      'Step "checkpoint-40" is left out: "$/run/checkpoint-40" lacks config.json; copy it from the checkpoint that training began from.',
      'Step "checkpoint-60" is left out: "$/run/checkpoint-60" is a half-written step: it holds a trainer\'s state ("trainer_state.json") but no weights; give another step.',
      'Step "tmp-checkpoint-70" in "$/run" is left out: it is half-written.',
    ]);
    await refused(
      expandSeries([at('run/checkpoint-20'), at('run/checkpoint-60')]),
      '"$/run/checkpoint-60" is a half-written step: it holds a trainer\'s state ("trainer_state.json") but no weights; give another step.',
    );
  });

  it('of which nothing can be used are refused with what is to be done', async () => {
    await makeFolder(at('run'), [
      'iter_0000010/common.pt',
      'iter_0000020/common.pt',
      'latest_checkpointed_iteration.txt',
    ]);
    await assert.rejects(expandSeries([at('run')]), (error: Error) => {
      assert.match(
        error.message.replaceAll(folder, '$'),
        /^None of the 2 steps in "\$\/run" can be compared: "\$\/run\/iter_0000020" is a Megatron checkpoint .* --input-dir \$\/run\/iter_0000020 /,
      );
      return error instanceof InputError;
    });
  });

  it('need no tokenizer', async () => {
    for (const step of [1, 2]) {
      await writeTiny(at(`run/checkpoint-${step}`));
      await rm(at(`run/checkpoint-${step}/tokenizer.json`));
    }
    assert.equal((await expandSeries([at('run')])).folders.length, 2);
  });

  it('have two to 64 checkpoints', async () => {
    await writeTiny(at('a'));
    await refused(
      expandSeries([at('a')]),
      'Only one checkpoint was given, "$/a": give two or more, or a training run\'s folder with its steps in it.',
    );
    await refused(expandSeries([]), 'No checkpoint was given: give two or more to compare.');
    await makeFolder(
      at('many'),
      Array.from({ length: 65 }, (_, i) => `step_${i}/config.json`),
    );
    await refused(
      expandSeries([at('many')]),
      '65 checkpoints were given, but at most 64 can be compared at a time: leave some steps out.',
    );
  });
});
