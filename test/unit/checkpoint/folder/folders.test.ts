import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderContents } from '../../../../src/checkpoint/folder/folderContents.ts';
import { folderKind } from '../../../../src/checkpoint/folder/folderKind.ts';
import { foreignFormats } from '../../../../src/checkpoint/folder/foreignFormats.ts';
import { locateCheckpoint } from '../../../../src/checkpoint/folder/locateCheckpoint.ts';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import { requiredTokenizer } from '../../../../src/checkpoint/tokenizer/requiredTokenizer.ts';
import { printable } from '../../../../src/cli/output/printable.ts';
import { InputError } from '../../../../src/errors.ts';
import { root } from '../../../paths.ts';
import { writeTiny } from '../tinyCheckpoint.ts';
import { foreignFolders } from './folderRows.ts';
import { makeFolder } from './makeFolder.ts';

async function refusal(work: Promise<unknown>): Promise<string> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof InputError, `expected an InputError, got ${String(outcome)}`);
  return outcome.message;
}

describe('folders as trainers leave them', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(await realpath(tmpdir()), 'folders-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  describe('what is no checkpoint is named, with the command that makes one', () => {
    for (const { what, files, given, format, sentence } of foreignFolders) {
      it(what, async () => {
        const made = await makeFolder(at('made'), files);
        const asked = given === undefined ? made : join(made, given);
        const kind = folderKind(await folderContents(asked));
        if (kind.kind !== 'inside') assert.deepEqual([kind.kind, 'format' in kind && kind.format], ['other', format]);
        assert.equal((await refusal(locateCheckpoint(asked))).replaceAll(made, 'DIR'), sentence);
        if (kind.kind !== 'inside') {
          assert.equal((await refusal(openCheckpoint(asked))).replaceAll(made, 'DIR'), sentence);
        }
      });
    }

    it('every format is in docs/folders.md, and in these tests', async () => {
      const page = await readFile(join(root, 'docs', 'folders.md'), 'utf8');
      const tested = new Set(foreignFolders.map(({ format }) => format));
      for (const { format } of foreignFormats) {
        assert.ok(page.includes(`| ${format} |`), `docs/folders.md lacks ${format}`);
        // Those four are among the bad inputs.
        const elsewhere = ['pickle', 'other pickle', 'weights without an index', 'no weights'];
        assert.ok(tested.has(format) || elsewhere.includes(format), `no test of ${format}`);
      }
    });
  });

  it('a step of the Trainer with its state beside the weights is a checkpoint', async () => {
    await writeTiny(at('checkpoint-5'));
    await makeFolder(at('checkpoint-5'), [
      'optimizer.pt',
      'rng_state_0.pth',
      'scheduler.pt',
      'trainer_state.json',
      'training_args.bin',
      'global_step5/mp_rank_00_model_states.pt',
      'latest',
      'zero_to_fp32.py',
    ]);
    assert.deepEqual(await locateCheckpoint(at('checkpoint-5')), {
      folder: at('checkpoint-5'),
      kind: 'checkpoint',
      notes: [],
    });
    await openCheckpoint(at('checkpoint-5'));
  });

  it('tells an adapter from weights that an adapter was merged into', async () => {
    await makeFolder(at('lora'), ['adapter_config.json', 'adapter_model.safetensors', 'tokenizer.json']);
    assert.equal((await locateCheckpoint(at('lora'))).kind, 'adapter');
    await writeTiny(at('epoch_0'));
    await makeFolder(at('epoch_0'), ['adapter_config.json', 'adapter_model.safetensors']);
    const { kind, notes } = await locateCheckpoint(at('epoch_0'));
    assert.equal(kind, 'checkpoint');
    assert.deepEqual(notes, [
      `"${at('epoch_0')}" holds a LoRA adapter beside full weights: the weights are used, as if the adapter were merged into them.`,
    ]);
  });

  it('finds the only weights inside a step, and says so', async () => {
    await writeTiny(at('global_step_8/actor/huggingface'));
    await makeFolder(at('global_step_8'), ['actor/model_world_size_1_rank_0.pt', 'critic/fsdp_config.json']);
    for (const named of ['global_step_8', 'global_step_8/actor']) {
      const weights = at('global_step_8/actor/huggingface');
      const notes = [`The weights of "${at(named)}" are those in "${weights}".`];
      assert.deepEqual(await locateCheckpoint(at(named)), { folder: weights, kind: 'checkpoint', notes });
    }
    for (const inner of ['hf', 'hf_model', 'model', 'model/consolidated']) {
      await writeTiny(at(`${inner.replace('/', '-')}-step/${inner}`));
      const { folder: found } = await locateCheckpoint(at(`${inner.replace('/', '-')}-step`));
      assert.equal(found, at(`${inner.replace('/', '-')}-step/${inner}`));
    }
    assert.equal(
      await refusal(openCheckpoint(at('hf-step'))),
      `"${at('hf-step')}" holds no weights of its own; give the folder inside it, "${at('hf-step/hf')}".`,
    );
  });

  it('does not choose between two folders of weights', async () => {
    await writeTiny(at('both/hf'));
    await writeTiny(at('both/model'));
    assert.match(await refusal(locateCheckpoint(at('both'))), /holds no weights/);
  });

  it('names the steps of a run, the newest first', async () => {
    for (const step of [9, 10, 100, 20]) await writeTiny(at(`run/checkpoint-${step}`));
    await makeFolder(at('run'), ['trainer_state.json', 'all_results.json', 'runs/events.out']);
    assert.equal(
      await refusal(locateCheckpoint(at('run'))),
      `"${at('run')}" is a training run's folder without weights of its own; give one of its steps ` +
        `("checkpoint-100", "checkpoint-20", "checkpoint-10" and 1 more), such as "${at('run/checkpoint-100')}".`,
    );
    await writeTiny(at('run'));
    assert.equal((await locateCheckpoint(at('run'))).folder, at('run'));
  });

  it('tells weights that ZeRO stage 3 saved empty', async () => {
    const emptied = (name: string, files: Readonly<Record<string, string>>) =>
      writeTiny(at(name), {
        files,
        tensors: (tensors) => {
          for (const [tensor, { dtype, shape }] of tensors) {
            if (shape.length > 1) tensors.set(tensor, { dtype, shape: [0] });
          }
        },
      });
    const found = (name: string) =>
      `"${at(name)}" holds 9 of 12 tensors without their elements, such as "model.embed_tokens.weight": ` +
      'they were saved under DeepSpeed ZeRO stage 3, which splits them over processes; ';
    await emptied('script', { 'zero_to_fp32.py': '', latest: 'global_step2' });
    assert.equal(
      await refusal(openCheckpoint(at('script'))),
      `${found('script')}gather them: python ${at('script/zero_to_fp32.py')} ${at('script')} ${at('script')} --safe_serialization --max_shard_size 10000GB`,
    );
    await emptied('alone', {});
    assert.equal(
      await refusal(openCheckpoint(at('alone'))),
      `${found('alone')}save them once more with "stage3_gather_16bit_weights_on_model_save": true in DeepSpeed's configuration.`,
    );
  });

  it('says how a tokenizer.json is made where only an older form is there', async () => {
    await writeTiny(at('a'));
    await rm(at('a/tokenizer.json'));
    const missing = async () => refusal((async () => requiredTokenizer(await openCheckpoint(at('a'))))());
    assert.equal(
      await missing(),
      `"${at('a')}" lacks tokenizer.json; copy it from the checkpoint that training began from.`,
    );
    await makeFolder(at('a'), ['tokenizer.model']);
    assert.equal(
      await missing(),
      `"${at('a')}" has a tokenizer in "tokenizer.model" but lacks tokenizer.json; write it: ` +
        "python -c 'import sys; from transformers import AutoTokenizer as T; T.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[1])' " +
        at('a'),
    );
  });

  it('gives commands that a shell reads back, whatever a folder is called', async function () {
    if (process.platform === 'win32') this.skip();
    const names = [
      'two words',
      "it's",
      '"quoted"',
      '$(touch x)',
      '`touch x`',
      'a;b&c|d',
      'line\nbreak',
      'tab\there\x1b[31m',
      'back\\slash\\n',
      'right\u202eleft',
      "all 'of\n\\it\u200b$",
      '-rf',
      'ünïcode 模型',
    ];
    for (const name of names) {
      const made = await makeFolder(at(name), ['pytorch_model_fsdp_0/__0_0.distcp']);
      // As it is printed.
      const line = printable(await refusal(locateCheckpoint(made)));
      assert.ok(!line.includes('\n'));
      const command = /accelerate merge-weights .*$/.exec(line)![0];
      const words = execFileSync('bash', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' }).split('\0');
      assert.deepEqual(words, ['accelerate', 'merge-weights', join(made, 'pytorch_model_fsdp_0'), made, '']);
    }
  });
});
