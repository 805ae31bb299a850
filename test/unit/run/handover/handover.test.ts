import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import { handoverText } from '../../../../src/cli/output/handoverReport.ts';
import { InputError } from '../../../../src/errors.ts';
import { writeReadiness } from '../../../../src/record/readiness/readinessFile.ts';
import { handover } from '../../../../src/run/handover/handover.ts';
import { megatronArguments } from '../../../../src/run/handover/megatronConversion.ts';
import { trainerNames, trainers } from '../../../../src/run/handover/trainers.ts';
import { checkpointFixtures } from '../../../paths.ts';
import { tinyReadiness } from '../../record/tinyReadiness.ts';

const template = '{{ messages[0].content }}';

/** What the shell makes of a command that starts with `program`: its words. */
function wordsOf(command: string, program: string): string[] {
  const script = `${program}() { printf '%s\\0' "$@"; }\nMODEL_ARGS=(--made up)\n${command}`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

describe('hand-over to RL trainers', () => {
  let folder: string;
  let checkpoint: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'handover-')));
    checkpoint = join(folder, 'made');
    cpSync(join(checkpointFixtures, 'tiny-qwen2-tied', 'sft'), checkpoint, { recursive: true });
    writeFileSync(join(checkpoint, 'tokenizer_config.json'), '{}');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const refusal = async (to: 'verl' | 'slime', readiness?: string, named = checkpoint) => {
    const error = await handover(named, to, readiness).then(
      () => assert.fail('handed over'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof InputError, String(error));
    return error.message.replaceAll(folder, '$');
  };

  it('name for every trainer where its arguments are from, in which version, and when that was read', () => {
    assert.deepEqual(Object.keys(trainers), [...trainerNames]);
    for (const { name, source, modelSource, arguments: names, style, besides } of Object.values(trainers)) {
      for (const each of [source, ...(modelSource ? [modelSource] : [])]) {
        assert.match(each.url, /^https:\/\/\S+/, name);
        assert.match(each.version, /^(commit [0-9a-f]{7}|\d+\.\d+\.\d+( \(\d{4}-\d\d-\d\d\))?)$/, name);
        assert.match(each.read, /^20\d\d-\d\d-\d\d$/, name);
        const [, commit] = /^commit (.*)/.exec(each.version) ?? [];
        assert.ok(commit === undefined || each.url.includes(`/blob/${commit}`), name);
      }
      const form = style === 'hydra' ? /^[a-z][a-z_.]+$/ : /^--[a-z][a-z_.-]+$/;
      for (const argument of Object.values(names)) assert.match(argument, form, name);
      assert.ok(names.model !== undefined && names.groupSize !== undefined && besides !== '', name);
    }
  });

  for (const to of trainerNames) {
    it(`${to}: the command uses only arguments of the table, and says what was found`, async () => {
      writeFileSync(join(checkpoint, 'chat_template.jinja'), template);
      const made = await handover(checkpoint, to);
      const names = new Set<string>(Object.values(trainers[to].arguments));
      const [program, ...rest] = trainers[to].start;
      const words = wordsOf(made.command, program!).slice(rest.length);
      const used = words
        .map((word) => word.split('=')[0]!)
        .filter((word) => word.startsWith('--') || word.includes('.'));
      for (const name of used) assert.ok(names.has(name) || name === '--made' || name.startsWith(folder), name);
      assert.ok(made.command.includes(checkpoint));
      assert.deepEqual(
        made.checks.map(({ what, warning }) => [what, warning]),
        ['config', 'tokenizer', 'chat template', 'dtype', 'head'].map((what) => [what, undefined]),
      );
      assert.equal(
        words.includes(trainers[to].arguments.template ?? '--none'),
        trainers[to].arguments.template !== undefined,
      );
      const text = handoverText(made);
      assert.match(text, /not a committed checkpoint/);
      assert.ok(text.includes(trainers[to].source.url));
    });
  }

  it('go through a shell whole, whatever the folder is called', async function () {
    if (process.platform === 'win32') this.skip();
    const odd = join(folder, 'a b; touch $HOME \'x\' "y" (z),=\n');
    cpSync(checkpoint, odd, { recursive: true });
    for (const to of ['trl', 'openrlhf', 'slime'] as const) {
      const made = await handover(odd, to);
      assert.ok(wordsOf(made.command, trainers[to].start[0]!).includes(odd), to);
      if (made.conversion) assert.ok(wordsOf(made.conversion, 'python').includes(`${odd}_torch_dist`));
    }
    assert.match(
      await refusal('verl', undefined, odd),
      /which verl's command line \(Hydra\) reads as something else: make a link/,
    );
    const spaced = join(folder, 'a b, (c)=d');
    cpSync(checkpoint, spaced, { recursive: true });
    const words = wordsOf((await handover(spaced, 'verl')).command, 'python3');
    assert.ok(words.includes(`actor_rollout_ref.model.path="${spaced}"`), words.join('\n'));
  });

  it('tell slime the model, and convert it first', async () => {
    const made = await handover(checkpoint, 'slime');
    const architecture = (await openCheckpoint(checkpoint)).architecture;
    const words = megatronArguments(architecture).map((each) => each.join(' '));
    assert.ok(words.includes(`--num-layers ${architecture.layers}`) && words.includes('--add-qkv-bias'));
    assert.ok(!words.includes('--untie-embeddings-and-output-weights'));
    const untied = megatronArguments({ ...architecture, tiedEmbeddings: false }).map((each) => each.join(' '));
    assert.ok(untied.includes('--untie-embeddings-and-output-weights'));
    assert.ok(made.conversion?.includes(`--save ${checkpoint}_torch_dist`));
    assert.ok(made.command.includes(`--ref-load ${checkpoint}_torch_dist`));
  });

  it('say how a committed checkpoint was made, and what a readiness record measured of it', async () => {
    writeFileSync(join(checkpoint, 'rejuvenation.json'), '{"alpha": 0.4, "rho": 0.02}');
    const { shards } = await openCheckpoint(checkpoint);
    const hash = (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(checkpoint, name)))
        .digest('hex');
    const row = tinyReadiness.rows[1]!;
    const dead = (group: number, value: number) => ({ ...row.sampled[0]!.deadGroups[0]!, group, value });
    const measured = {
      ...{ name: 'made', folder: checkpoint, parameters: 1, configSha256: hash('config.json') },
      files: shards.map(({ name, byteLength: bytes }) => ({
        ...{ name, bytes, modified: '2026-11-27T00:00:00.000Z', headerSha256: 'ab'.repeat(32) },
      })),
    };
    const sampled = [{ ...row.sampled[0]!, deadGroups: [dead(16, 0.3), dead(4, 0.7), dead(8, 0.45)] }];
    const record = { ...tinyReadiness, rows: [tinyReadiness.rows[0]!, { ...row, checkpoint: measured, sampled }] };
    const path = join(folder, 'a.readiness.json');
    await writeReadiness(path, record, false);
    const made = await handover(checkpoint, 'verl', path);
    const words = wordsOf(made.command, 'python3');
    for (const word of ['rollout.n=8', 'rollout.temperature=1'])
      assert.ok(words.includes(`actor_rollout_ref.${word}`), word);
    assert.ok(words.includes('data.max_response_length=9'));
    const text = handoverText(made);
    assert.match(text, /Rejuvenated with α 0\.4, ρ 0\.02 \(the paper: α 0\.5, ρ 0\.01\)/);
    assert.match(text, /4: 70\.0 %, 8: 45\.0 %, 16: 30\.0 %/);
    assert.match(text, /Entropy of sampled tokens at temperature 1: 0\.500 nats; the base's: 0\.500/);
    assert.match(text, /It does not meet the conditions/);

    writeFileSync(join(checkpoint, 'config.json'), `${readFileSync(join(checkpoint, 'config.json'), 'utf8')} `);
    assert.match(await refusal('verl', path), /measured other files in "\$\/made" than are there now/);
    await writeReadiness(path, tinyReadiness, true);
    assert.match(await refusal('verl', path), /does not measure "\$\/made", but "base", "sft"/);
  });

  it('are refused where a trainer could not start, and warn of what it may miss', async () => {
    const made = await handover(checkpoint, 'verl');
    assert.match(handoverText(made), /WARNING: There is no default chat template: verl renders every prompt by it/);
    assert.ok(!(await handover(checkpoint, 'slime')).command.includes('--apply-chat-template'));
    rmSync(join(checkpoint, 'tokenizer_config.json'), { force: true });
    assert.match(handoverText(await handover(checkpoint, 'verl')), /tokenizer_config\.json is not there/);
    writeFileSync(join(checkpoint, 'rejuvenation.json'), '{"alpha": "<b>"}');
    assert.match(await refusal('verl'), /does not say the alpha and rho/);
    rmSync(join(checkpoint, 'rejuvenation.json'));
    rmSync(join(checkpoint, 'tokenizer.json'));
    assert.match(await refusal('slime'), /"\$\/made" has no tokenizer, which slime loads from the same folder/);
  });
});
