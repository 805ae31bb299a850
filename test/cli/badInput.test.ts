import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordVersion } from '../../src/record/run/runRecord.ts';
import { fixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

/** A row: what is asked, what is said. `$` stands for the test's folder, in both. */
interface Row {
  readonly name: string;
  readonly args: string;
  readonly message: string;
  /** Puts the wrong thing into the test's folder. */
  readonly prepare?: (at: (path: string) => string) => void;
}

const inputs = '--base $/base --sft $/sft --calibration $/pairs.jsonl';
const run = `run ${inputs} --out $/out --device cpu`;
const attribute = `attribute ${inputs} --record $/a.rejuvenation.json --device cpu`;

const rows: readonly Row[] = [
  { name: 'an unknown command', args: 'rejuvenat', message: "error: unknown command 'rejuvenat'" },
  { name: 'an unknown option', args: `${run} --zzzzz x`, message: "error: unknown option '--zzzzz'" },
  { name: 'no base', args: 'run --sft x', message: "error: required option '--base <dir>' not specified" },
  {
    name: 'a word for a number',
    args: `${run} --alpha half`,
    message: "error: option '--alpha <number>' argument 'half' is invalid. It must be a number.",
  },
  {
    name: 'a fraction for a count',
    args: `${run} --top-n 2.5`,
    message: "error: option '--top-n <count>' argument '2.5' is invalid. It must be a whole number.",
  },
  {
    name: 'no samples at all',
    args: `${run} --samples 0`,
    message:
      "error: option '--samples <count>' argument '0' is invalid. It must be a whole number of at least 1, or all.",
  },
  {
    name: 'a preview of samples that are too short',
    args: 'preview x.jsonl --sft x --max-length 1',
    message: 'error: max-length is 1, but must be a whole number of at least 2.',
  },
  {
    name: 'a memory size without meaning',
    args: `${run} --memory lots`,
    message:
      "error: option '--memory <size>' argument 'lots' is invalid. Write auto, or for example 4GB, 512MB or 4GiB.",
  },
  {
    name: 'too little memory',
    args: `${run} --memory 1MB`,
    message: 'error: memory is 1000000 bytes, but must be at least 64MB.',
  },
  {
    name: 'an unknown device',
    args: `${run} --device tpu`,
    message:
      "error: option '--device <name>' argument 'tpu' is invalid. Allowed choices are auto, cuda, webgpu, dml, coreml, cpu.",
  },
  { name: 'alpha above 1', args: `${run} --alpha 1.5`, message: 'error: alpha is 1.5, but must lie between 0 and 1.' },
  {
    name: 'alpha below 0',
    args: `${attribute} --alpha=-0.5`,
    message: 'error: alpha is -0.5, but must lie between 0 and 1.',
  },
  { name: 'rho 0', args: `${run} --rho 0`, message: 'error: rho is 0, but must be above 0 and at most 1.' },
  {
    name: 'rho above rho-max',
    args: `${run} --rho 0.2`,
    message: 'error: rho is 0.2, above rho-max 0.05: raise rho-max, up to which ranks are recorded.',
  },
  {
    name: 'top-n 0',
    args: `${run} --top-n 0`,
    message: 'error: top-n is 0, but must be a whole number of at least 1.',
  },
  {
    name: 'max-length 1',
    args: `${run} --max-length 1`,
    message: 'error: max-length is 1, but must be a whole number of at least 2.',
  },
  {
    name: 'an output that is an input',
    args: `run ${inputs} --out $/sft --record $/a.rejuvenation.json`,
    message: 'error: The checkpoint "$/sft" is the input "$/sft": choose another place.',
  },
  {
    name: 'an output inside an input',
    args: `run ${inputs} --out $/base/new --record $/a.rejuvenation.json`,
    message: 'error: The checkpoint "$/base/new" lies inside the input "$/base": choose another place.',
  },
  {
    name: 'an output that contains an input',
    args: `run ${inputs} --out $ --record $/a.rejuvenation.json --overwrite`,
    message: 'error: The checkpoint "$" contains the input "$/base": choose another place.',
  },
  {
    name: 'a record inside an input',
    args: `attribute ${inputs} --record $/sft/a.rejuvenation.json`,
    message: 'error: The record "$/sft/a.rejuvenation.json" lies inside the input "$/sft": choose another place.',
  },
  {
    name: 'a record of another name',
    args: `attribute ${inputs} --record $/a.json`,
    message: 'error: The record "$/a.json" must be named NAME.rejuvenation.json.',
  },
  {
    name: 'an output that exists',
    args: run,
    message: 'error: The checkpoint "$/out" exists already: choose another place, or pass --overwrite.',
    prepare: (at) => mkdirSync(at('out')),
  },
  {
    name: 'a record that exists',
    args: attribute,
    message: 'error: The record "$/a.rejuvenation.json" exists already: choose another place, or pass --overwrite.',
    prepare: (at) => writeFileSync(at('a.rejuvenation.json'), ''),
  },
  {
    name: 'no place for the output',
    args: `run ${inputs} --out $/none/out`,
    message: 'error: The folder of the record, "$/none", does not exist: create it first.',
  },
  {
    name: 'a score file of another kind',
    args: `${run} --scores $/scores.bin`,
    message: 'error: The score file "$/scores.bin" must end in .safetensors.',
  },
  {
    name: 'a newer record',
    args: 'show $/n.rejuvenation.json',
    message:
      'error: "$/n.rejuvenation.json" was made by a newer version of this program (record version 99, this one reads up ' +
      `to ${recordVersion}): update the program.`,
    prepare: (at) => writeFileSync(at('n.rejuvenation.json'), '{"schema": "rejuvenation-run", "version": 99}'),
  },
  {
    name: 'a record that is not there',
    args: 'commit $/n.rejuvenation.json --out $/out',
    message: 'error: Cannot read "$/n.rejuvenation.json": there is no such file.',
  },
  {
    name: 'a file that is no record',
    args: 'verify $/pairs.jsonl $/sft',
    message: 'error: The record "$/pairs.jsonl" must be named NAME.rejuvenation.json.',
  },
  {
    name: 'a broken line of the calibration',
    args: run,
    message: 'error: "$/pairs.jsonl", line 7: the line is not JSON. Each line must be one JSON object.',
    prepare: (at) => appendFileSync(at('pairs.jsonl'), '{"prompt": "a", "response": \n'),
  },
  {
    name: 'empty responses alone',
    args: run,
    message:
      'error: "$/pairs.jsonl" has no response to use: every line is skipped. Line 1 is skipped: its "response" is empty.',
    prepare: (at) => writeFileSync(at('pairs.jsonl'), '{"prompt": "a", "response": ""}\n'),
  },
  {
    name: 'conversations without a chat template',
    args: run,
    message:
      'error: Conversations need a chat template, and "$/sft" has none: neither chat_template.jinja nor "chat_template" in ' +
      'tokenizer_config.json. Give one with --chat-template FILE.',
    prepare: (at) =>
      writeFileSync(
        at('pairs.jsonl'),
        '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n',
      ),
  },
  {
    name: 'a calibration with other fields',
    args: `${run} --response-field answer`,
    message: 'error: "$/pairs.jsonl", line 1: there is no field "answer" among "prompt", "response".',
  },
  {
    name: 'an empty calibration',
    args: run,
    message: 'error: "$/pairs.jsonl" has no response to use: it is empty.',
    prepare: (at) => writeFileSync(at('pairs.jsonl'), ''),
  },
  {
    name: 'a truncated shard',
    args: run,
    message:
      'error: "$/sft/model.safetensors" is truncated: its tensors have 50,240 bytes, but the file holds only 17,368 bytes ' +
      'of them; download or copy it again.',
    prepare: (at) => truncateSync(at('sft/model.safetensors'), 20000),
  },
  {
    name: 'no weights',
    args: run,
    message:
      'error: "$/base" holds no weights: neither "model.safetensors" nor "model.safetensors.index.json" is there.',
    prepare: (at) => rmSync(at('base/model.safetensors')),
  },
  {
    name: 'no config.json',
    args: run,
    message: 'error: "$/base" lacks config.json; copy it from the checkpoint that training began from.',
    prepare: (at) => rmSync(at('base/config.json')),
  },
  {
    name: 'a step in FSDP shards',
    args: run,
    message:
      'error: "$/sft" holds FSDP shards, not yet one model; accelerate merges them into model.safetensors: ' +
      'accelerate merge-weights $/sft/pytorch_model_fsdp_0 $/sft',
    prepare: (at) => {
      rmSync(at('sft/model.safetensors'));
      mkdirSync(at('sft/pytorch_model_fsdp_0'));
      for (const name of ['pytorch_model_fsdp_0/__0_0.distcp', 'rng_state_0.pth', 'scheduler.pt', 'trainer_state.json'])
        writeFileSync(at(`sft/${name}`), '');
    },
  },
  {
    name: 'a verl actor that is not merged',
    args: run,
    message:
      'error: "$/sft" holds verl\'s model split over processes; merge it: python -m verl.model_merger merge --backend fsdp --local_dir $/sft --target_dir $/sft/huggingface',
    prepare: (at) => {
      rmSync(at('sft/model.safetensors'));
      mkdirSync(at('sft/huggingface'));
      renameSync(at('sft/config.json'), at('sft/huggingface/config.json'));
      for (const rank of [0, 1]) writeFileSync(at(`sft/model_world_size_2_rank_${rank}.pt`), '');
    },
  },
  {
    name: 'a base of another size',
    args: run,
    message:
      'error: Base "$/base" and SFT "$/sft" differ in "model_type" ("qwen3" and "qwen2"), "head_dim" (16 and 8) and the projections with a bias; the SFT checkpoint must come from this base.',
    prepare: (at) => cpSync(join(fixtures, 'checkpoints', 'tiny-qwen3-tied', 'base'), at('base'), { recursive: true }),
  },
  {
    name: 'base and SFT that are one',
    args: 'run --base $/sft --sft $/sft --calibration $/pairs.jsonl --out $/out',
    message: 'error: Base and SFT are the same folder "$/sft"; give two checkpoints.',
  },
];

describe('bad input on the command line', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'bad-')));
    const tiny = join(fixtures, 'checkpoints', 'tiny-qwen2-tied');
    cpSync(join(tiny, 'base'), at('base'), { recursive: true });
    cpSync(join(tiny, 'sft'), at('sft'), { recursive: true });
    cpSync(join(fixtures, 'checkpoints', 'tiny-calibration.jsonl'), at('pairs.jsonl'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Every path below the folder. */
  const listing = () => (readdirSync(folder, { recursive: true }) as string[]).sort();

  for (const { name, args, message, prepare } of rows) {
    it(name, async () => {
      prepare?.(at);
      const before = listing();
      const { exitCode, stdout, stderr } = await rejuvenate(
        args.split(' ').map((word) => word.replaceAll('$', folder)),
      );
      const said = stderr.replaceAll(folder, '$').trimEnd().split('\n');
      assert.deepEqual([said.at(-1), exitCode, stdout], [message, 2, '']);
      assert.deepEqual(listing(), before);
    });
  }
});
