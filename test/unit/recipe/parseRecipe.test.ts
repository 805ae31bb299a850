import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentRecipeTable } from '../../../src/cli/commands/recipe/recipeCommands.ts';
import { outwardLines } from '../../../src/recipe/outwardLines.ts';
import { parseRecipe } from '../../../src/recipe/parseRecipe.ts';
import { root } from '../../paths.ts';

/* Reading recipes: what is understood, and the sentence and line for everything that is not. */

const table = currentRecipeTable();
const parse = (text: string) => parseRecipe(text, table);
const faults = (text: string) => parse(text).faults.map(({ line, message }) => `${line}: ${message}`);
const inputs = 'base: b\nsft: s\ncalibration: c.jsonl\n';

describe('a recipe', () => {
  it('gives every value as the words that the command line would be given', () => {
    const { top, sections, faults } = parse(
      `recipe: 1\n${inputs}alpha: 5e-1\nsamples: all\nseed: 007\nmemory: 4GB\ntokenizer: 12\nformat: pair\noverwrite: true\n` +
        'template-arg: [a=1, "b= x"]\nsweep: {alpha: [0.5, 0.6], prompts: p}\nreadiness:\n  verdict: no-verdict\n',
    );
    assert.deepEqual(
      [...top.values].map(([name, { words, line }]) => [name, line, ...words]),
      [
        ['base', 2, 'b'],
        ['sft', 3, 's'],
        ['calibration', 4, 'c.jsonl'],
        ['alpha', 5, '0.5'],
        ['samples', 6, 'all'],
        ['seed', 7, '7'],
        ['memory', 8, '4GB'],
        ['tokenizer', 9, '12'],
        ['format', 10, 'pair'],
        ['overwrite', 11, 'true'],
        ['template-arg', 12, 'a=1', 'b= x'],
      ],
    );
    assert.deepEqual(sections.get('sweep')![0]!.values.get('alpha')!.words, ['0.5', '0.6']);
    assert.deepEqual(
      faults.map(({ line, message }) => [line, message]),
      [[15, 'verdict is "no-verdict", but must be true or false.']],
    );
  });

  for (const [text, expected] of [
    ['rho_max: 0.1', 'Did you mean "rho-max"?'],
    ['rhoMax: 0.1', 'Did you mean "rho-max"?'],
    ['calibraiton: x', 'Did you mean "calibration"?'],
    ['ouputs: []', 'Did you mean "outputs"?'],
    ['seeds: 3', 'It belongs under sweep.'],
    ['outputs: [{out: x, sft: y}]', '"sft" is no key of outputs. It belongs at the top of the recipe.'],
    ['sweep: {rhoo: 1}', '"rhoo" is no key of sweep. Did you mean "rho"?'],
    ['qqqqqqqqqqqq: 1', '"qqqqqqqqqqqq" is no key of a recipe.'],
    ['alpha: half', 'alpha is "half", but must be a number.'],
    ['alpha: "0.5"', 'alpha is "0.5", but must be a number.'],
    ['alpha: [0.5]', 'alpha is a list, but takes one value.'],
    ['alpha: {a: 1}', 'alpha is a list or a mapping'],
    ['alpha: .inf', 'but must be a number.'],
    ['alpha: .nan', 'but must be a number.'],
    ['alpha:', 'alpha has no value'],
    ['alpha: true', 'alpha is true, but must be a number.'],
    ['top-n: 2.5', 'must be a whole number'],
    ['top-n: -1', 'must be a whole number'],
    ['seed: 99999999999999999999', 'must be a whole number'],
    ['samples: most', 'samples is "most", but must be a whole number of at least 1, or all.'],
    ['memory: lots', 'Write auto, or for example 4GB'],
    ['device: gpu', 'device is "gpu", but must be one of auto, '],
    ['dtype: fp16', 'Did you mean "f16"?'],
    ['template-arg: thinking', 'Write NAME=VALUE'],
    ['scores: ""', 'scores is "", but must be a text.'],
    ['calibration: []', 'stands here a second time; it is in line 3 already.'],
    ['outputs: {out: x}', 'outputs must be a list'],
    ['outputs: []', 'outputs must be a list'],
    ['outputs: [x]', 'outputs must be a list'],
    ['sweep: [x]', 'sweep must be a mapping.'],
    ['sweep:', 'sweep must be a mapping.'],
    ['recipe: 2', 'This program reads recipes of version 1'],
    ['out: &here x', 'no anchors'],
    ['out: *here', 'no aliases'],
    ['out: !!js/function x', 'no tags'],
    ['out: !!str x', 'no tags'],
    ['? [a]\n: 1', 'A key must be a name.'],
    ['5: 1', 'A key must be a name.'],
    ['<<: {out: x}', '"<<" is no key of a recipe.'],
    ['out: "a\\0b"', 'but must be a text.'],
    ['out: [', 'This is no YAML:'],
    ['out: x\n---\nout: y', 'A recipe is one document: put what follows'],
    ['readiness: {min: often}', 'min is "often".'],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}, with its line`, () => {
      const [first = '', ...others] = faults(`${inputs}${text}\n`);
      assert.ok(first.includes(expected), first);
      assert.match(first, /^[4-6]: |YAML/);
      assert.deepEqual(others, []);
    });
  }

  for (const [what, text, expected] of [
    ['nothing', '', 'The recipe is empty'],
    ['a list', '- a\n', 'A recipe is a mapping'],
    ['a text', 'run it\n', 'A recipe is a mapping'],
    ['deep lists', '['.repeat(100_000), 'nested too deeply'],
    ['deep dashes', '- '.repeat(90_000), 'nested too deeply'],
    ['deep mappings', 'out: '.repeat(30_000), 'nested too deeply'],
    ['too much', 'a'.repeat(200_001), 'at most 200,000 characters'],
    ['many keys', Array.from({ length: 5000 }, (_, i) => `k${i}: 1`).join('\n'), 'no key of a recipe'],
    ['many values', `calibration: [${'a, '.repeat(20_000)}]`, 'has more than 10,000 values'],
    ['brackets', ']'.repeat(20_000), 'This is no YAML'],
    [
      'a bomb of aliases',
      `a: &a [x]\n${Array.from({ length: 20 }, (_, i) => `b${i}: &b${i} [*a, *a]`).join('\n')}`,
      'no key of a recipe',
    ],
  ] as const) {
    it(`refuses ${what} in a sentence`, () => {
      const found = faults(text);
      assert.ok(found.length >= 1 && found.length <= 100, `${found.length} faults`);
      assert.ok(found[0]!.includes(expected), found[0]!.slice(0, 200));
      for (const each of found) assert.ok(each.length < 500, `${each.length} characters`);
    });
  }

  it('is understood wherever the documentation shows one, and every section is shown', () => {
    const text = readFileSync(join(root, 'docs', 'recipes.md'), 'utf8');
    const shown = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => parse(yaml!));
    assert.deepEqual(
      shown.map(({ faults }) => faults),
      [[], []],
    );
    const sections = new Set(shown.flatMap((each) => [...each.sections.keys()]));
    assert.deepEqual([...sections].sort(), table.sections.map(({ name }) => name).sort());
  });

  it('tells what of it reaches beyond its files', () => {
    const outward = (text: string) => outwardLines(parse(`${inputs}out: o\n${text}`));
    assert.deepEqual(outward('sweep: {prompts: p}\nreadiness: {grader: boxed}\n'), []);
    const graded = 'sweep: {grader-command: [python3, g.py]}\nreadiness: {endpoint: "http://x", model: m}\n';
    assert.deepEqual(outward(graded), ['sweep grader-command: python3 g.py', 'readiness endpoint: http://x']);
    assert.deepEqual(outward('slurm: {}\n'), ['slurm']);
    assert.deepEqual(outward('slurm: {setup: rm -rf x}\n'), ['slurm setup: rm -rf x']);
  });

  it('tells of the anchors and aliases under keys that it knows', () => {
    assert.deepEqual(faults('base: &b x\nsft: *b\ncalibration: [*b]\n'), [
      '1: A recipe has no anchors (&name): leave it out.',
      '2: A recipe has no aliases (*name): write the value out.',
      '3: A recipe has no aliases (*name): write the value out.',
    ]);
  });

  it('tells every fault in the order of the text, each where it stands', () => {
    const text = `${inputs}alpha: x\nsweep:\n  rho: y\nrhoo: 1\n`;
    const { faults } = parse(text);
    assert.deepEqual(
      faults.map(({ line, start, end }) => [line, text.slice(start, end)]),
      [
        [4, 'x'],
        [6, 'y'],
        [7, 'rhoo'],
      ],
    );
  });
});
