import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fixtures, root } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

/* Recipes as a user runs them: the one of the documentation, the one inside a checkpoint, and one that was written. */

/** The first example of docs/recipes.md. */
function documented(): string {
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs', 'recipes.md'), 'utf8'))!;
  return yaml!;
}

interface Steps {
  readonly steps: readonly { readonly command: string; readonly result: unknown }[];
}

const manifestOf = (folder: string) => {
  const text = readFileSync(join(folder, 'rejuvenation.json'), 'utf8');
  return { ...(JSON.parse(text) as Record<string, unknown>), committed: '' };
};

describe('recipes', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'recipe-')));
    mkdirSync(at('work'));
    const checkpoints = join(fixtures, 'checkpoints');
    for (const which of ['base', 'sft']) {
      cpSync(join(checkpoints, 'tiny-qwen3-untied-sharded', which), at(`work/llama-${which}`), { recursive: true });
    }
    copyFileSync(join(checkpoints, 'tiny-calibration.jsonl'), at('work/pairs.jsonl'));
    const [first] = readFileSync(join(checkpoints, 'tiny-calibration.jsonl'), 'utf8').split('\n');
    writeFileSync(at('work/more.jsonl'), `${first!.replace('"prompt": "', '"prompt": "Also: ')}\n`);
    const problems = ['1', '2'].map((answer) => JSON.stringify({ prompt: `What is ${answer}?`, answer }));
    writeFileSync(at('work/problems.jsonl'), `${problems.join('\n')}\n`);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('run as documented: several outputs, a sweep and readiness, by one file', async () => {
    writeFileSync(at('work/llama.rejuvenation.yaml'), documented());
    const { exitCode, stdout, stderr } = await rejuvenate(['run', at('work/llama.rejuvenation.yaml'), '--json']);
    // The tiny checkpoints answer nothing right.
    assert.equal(exitCode, 3, stderr);
    assert.match(stderr, /Step 1 of 6: attribute/);
    const { steps } = JSON.parse(stdout) as Steps;
    const commands = ['attribute', 'commit', 'commit', 'commit', 'sweep', 'readiness'];
    assert.deepEqual(
      steps.map(({ command }) => command),
      commands,
    );
    assert.ok(steps.every(({ result }) => result !== null));
    assert.deepEqual(readdirSync(at('work')).sort(), [
      ...['llama-base', 'llama-fused', 'llama-gentler', 'llama-rejuvenated', 'llama-sft', 'llama.readiness.json'],
      ...['llama.rejuvenation.json', 'llama.rejuvenation.safetensors', 'llama.rejuvenation.yaml', 'llama.svg'],
      ...['llama.sweep.json', 'more.jsonl', 'pairs.jsonl', 'problems.jsonl'],
    ]);
    const { alpha, rho, neurons } = manifestOf(at('work/llama-gentler')) as unknown as Record<string, number>;
    assert.deepEqual([alpha, rho, neurons! > 0], [0.6, 0.002, true]);
    assert.equal(manifestOf(at('work/llama-fused'))['dtype' as never], 'f32');
  });

  it('lie in every checkpoint, and make it again byte for byte, themselves included', async () => {
    const recipe = at('work/llama-gentler/rejuvenation-recipe.yaml');
    const { exitCode, stderr } = await rejuvenate(['run', recipe]);
    assert.equal(exitCode, 0, stderr);
    const [made, again] = [at('work/llama-gentler'), at('work/rejuvenated-again')];
    assert.deepEqual(readdirSync(again).sort(), readdirSync(made).sort());
    for (const name of readdirSync(made)) {
      if (name === 'rejuvenation.json') continue;
      // The day that the card names may have ended between the two.
      const read = (path: string) => readFileSync(path, 'latin1').replace(/done on \d{4}-\d\d-\d\d/, '');
      assert.equal(read(join(again, name)), read(join(made, name)), name);
    }
    assert.deepEqual(manifestOf(again), manifestOf(made));
    const { files } = manifestOf(made) as unknown as { readonly files: readonly { readonly name: string }[] };
    assert.ok(files.some(({ name }) => name === 'rejuvenation-recipe.yaml'));
    assert.match(readFileSync(join(made, 'README.md'), 'utf8'), /`rejuvenate run rejuvenation-recipe\.yaml`/);
  });

  it('go on after the steps that are done, and options beside one go before it', async () => {
    const recipe = at('stopped.rejuvenation.yaml');
    const text = [
      ...['base: work/llama-base', 'sft: work/llama-sft', 'calibration: work/pairs.jsonl', 'top-n: 3', 'device: cpu'],
      ...['out: stopped', 'readiness:', '  checkpoints: work/llama-sft', '  calibration: work/broken.jsonl'],
    ].join('\n');
    writeFileSync(recipe, text);
    writeFileSync(at('work/broken.jsonl'), 'no JSON\n');
    const first = await rejuvenate(['run', recipe, '--rho', '0.02', '--dtype', 'f16']);
    assert.equal(first.exitCode, 2, first.stderr);
    assert.match(first.stderr, /run the same recipe again/);
    assert.ok(existsSync(at('stopped.rejuvenation.steps')));
    copyFileSync(at('work/pairs.jsonl'), at('work/broken.jsonl'));
    const second = await rejuvenate(['run', recipe, '--rho', '0.02', '--dtype', 'f16']);
    assert.equal(second.exitCode, 0, second.stderr);
    assert.match(second.stderr, /Step 2 of 3: commit ".*stopped" was done before and is not repeated\./);
    assert.ok(!existsSync(at('stopped.rejuvenation.steps')));
    const { rho, dtype } = manifestOf(at('stopped')) as unknown as Record<string, unknown>;
    assert.deepEqual([rho, dtype], [0.02, 'f16']);
    const third = await rejuvenate(['run', recipe]);
    assert.equal(third.exitCode, 2);
    assert.match(third.stderr, /stopped\.rejuvenation\.json" exists already/);
  });

  it('are written from options without running anything', async () => {
    const file = at('work/written.yaml');
    const { exitCode, stdout } = await rejuvenate([
      ...['run', '--base', at('work/llama-base'), '--sft', 'org/name', '--calibration', 'a.jsonl', 'b.jsonl'],
      ...['--out', 'made', '--rho', '5e-3', '--samples', 'all', '--template-arg', 'a=1', '--write-recipe', file],
    ]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /nothing was run/);
    const { base, sft, rho, samples, 'template-arg': args } = parse(readFileSync(file, 'utf8'));
    assert.deepEqual([base, sft, rho, samples, args], [at('work/llama-base'), 'org/name', 0.005, 'all', ['a=1']]);
  });
});
