import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecipe } from '../../../../src/cli/commands/recipe/openRecipe.ts';
import { currentRecipeTable, runRecipeFile } from '../../../../src/cli/commands/recipe/recipeCommands.ts';
import { recipeSteps } from '../../../../src/cli/commands/recipe/recipeSteps.ts';

/* What commands a recipe comes to, and what is refused before the first of them begins. */

const table = currentRecipeTable();
const inputs = 'base: base\nsft: sft\ncalibration: pairs.jsonl\n';

describe('the steps of a recipe', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'steps-')));
    for (const name of ['base', 'sft', 'org', 'org/here']) mkdirSync(at(name));
    writeFileSync(at('pairs.jsonl'), '{"prompt": "p", "response": "r"}\n');
    writeFileSync(at('problems.jsonl'), '{"prompt": "p"}\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  async function stepsOf(text: string, written: readonly (readonly [string, string])[] = []) {
    writeFileSync(at('a.yaml'), text);
    const options = new Map(written.map(([name, value]) => [name, [value]]));
    return recipeSteps(await openRecipe(at('a.yaml'), table), options, table);
  }
  const words = async (text: string, written: readonly (readonly [string, string])[] = []) =>
    (await stepsOf(text, written)).steps.map(({ command, words }) => [command, ...words].join(' '));
  const run = () => `attribute --base=${at('base')} --sft=${at('sft')} --calibration=${at('pairs.jsonl')}`;

  it('attribute once and commit every output, with what the top says where an output says nothing', async () => {
    const text = `${inputs}rho: 0.01\ndtype: f32\noverwrite: true\noutputs: [{out: a}, {out: b, rho: 0}]\n`;
    const record = at('a.rejuvenation.json');
    assert.deepEqual(await words(text), [
      `${run()} --rho=0.01 --overwrite --record=${record}`,
      `commit --rho=0.01 --dtype=f32 --overwrite --out=${at('a')} -- ${record}`,
      `commit --rho=0 --dtype=f32 --overwrite --out=${at('b')} -- ${record}`,
    ]);
    assert.deepEqual(await words(`${inputs}record: r.rejuvenation.json\n`), [
      `${run()} --record=${at('r.rejuvenation.json')}`,
    ]);
  });

  it('hand the engine down to sections, and rendering where something is rendered', async () => {
    const top = `${inputs}out: o\ndevice: cpu\nchat-template: t.jinja\n`;
    const [, , bare] = await words(`${top}sweep: {alpha: [0.4, 0.5]}\n`);
    assert.equal(bare, `sweep --device=cpu --alpha=0.4,0.5 -- ${at('o.rejuvenation.json')}`);
    const [, , sampled] = await words(`${top}sweep: {prompts: p.jsonl, device: cuda}\n`);
    assert.equal(
      sampled,
      `sweep --device=cuda --chat-template=${at('t.jinja')} --prompts=${at('p.jsonl')} -- ${at('o.rejuvenation.json')}`,
    );
    const [, , ready] = await words(`${top}readiness: {verdict: false, template-arg: [a=-1, b=2]}\n`);
    assert.equal(
      ready,
      `readiness --device=cpu --chat-template=${at('t.jinja')} --base=${at('base')} --no-verdict --template-arg=a=-1 --template-arg=b=2 -- ${at('sft')} ${at('o')}`,
    );
  });

  it('leave names of the Hub and of a server as they are', async () => {
    const hub = 'base: org/name\nsft: org/here\ncalibration: pairs.jsonl\nout: o\n';
    const [first, , third] = await words(`${hub}readiness: {endpoint: "http://x/v1", model: m, base: served}\n`);
    assert.ok(first!.startsWith(`attribute --base=org/name --sft=${at('org/here')} `), first);
    assert.match(third!, / --endpoint=http:\/\/x\/v1 --model=m --base=served --$/);
  });

  it('go by what was typed beside the recipe first', async () => {
    const typed = [['rho', '0.02'] as const, ['out', 'here'] as const];
    const [first, second] = await words(`${inputs}rho: 0.01\noutputs: [{out: a, dtype: f16}]\n`, typed);
    assert.match(first!, / --rho=0\.02 .*--record=here\.rejuvenation\.json$/);
    assert.equal(second, 'commit --rho=0.02 --out=here --dtype=f16 -- here.rejuvenation.json');
  });

  it('run on Slurm one after the other where a section says so, each with the options that it has', async () => {
    const text = `${inputs}out: o\nworkers: 2\nslurm: {partition: gpu, shards: 8, setup: [module load x], run-folder: s}\n`;
    const typed = [['account', 'me'] as const];
    const [first, second] = await words(text, typed);
    assert.equal(
      first,
      `${run()} --record=${at('o.rejuvenation.json')} --slurm --wait --partition=gpu --shards=8 --setup=module load x --run-folder=${at('s')} --account=me`,
    );
    assert.match(second!, /^commit --out=\S+o --workers=2 (--slurm --wait --partition=gpu .*)?-- /);
    assert.ok(!second!.includes('run-folder'));
    assert.match((await words(`${inputs}out: o\nslurm: {}\n`))[0]!, / --slurm --wait$/);
    await assert.rejects(words(`${inputs}out: o\n`, [['dry-run', '']]), /--dry-run goes with a single command/);
  });

  for (const [text, expected] of [
    ['base: b\n', /a\.yaml" lacks sft: add a line "sft: …"\.$/],
    [inputs, /a\.yaml" has no output: add out, outputs, or record/],
    [`${inputs}dtype: f32\nrecord: r.rejuvenation.json\n`, /line 4: dtype is of a checkpoint that is written/],
    [`${inputs}out: a\noutputs: [{out: b}]\n`, /line 4: give either out or outputs/],
    [`${inputs}outputs:\n  - rho: 0.1\n`, /line 5: this output lacks out/],
    [`${inputs}rhoo: 1\nalpha: x\n`, /a\.yaml", line 4: "rhoo" is no key .* \(1 more: line 5\)$/],
  ] as const) {
    it(`are refused where ${expected.source}`, async () => {
      await assert.rejects(stepsOf(text), { name: 'InputError', message: expected });
    });
  }

  for (const [text, expected] of [
    ['tokenizer: none.json', /line 5: tokenizer is ".*none\.json", which is not there\.$/],
    ['readiness: {calibration: "none-*.jsonl"}', /line 5: calibration is ".*none-\*\.jsonl", which is not there\.$/],
    ['rho: 0.1\noutputs: [{out: b, rho: 0.06}]', /line 6: rho is 0\.06, but must lie between 0 and the run's rho-max/],
    ['outputs: [{out: b, alpha: 2}]', /line 5: alpha is 2, but must lie between 0 and 1\.$/],
    ['outputs: [{out: b}, {out: b}]', /The checkpoint ".*b" is named twice: choose two places/],
    ['outputs: [{out: base}]', /is the input ".*base": choose another place/],
    ['outputs: [{out: org}]', /org" exists already/],
    ['sweep: {rho: [0, 0.2]}', /line 5: rho is 0\.2, but/],
    ['sweep: {figure: none/a.svg}', /The folder of the figure, ".*none", does not exist/],
    ['readiness: {grader: regex}', /line 5: --grader regex needs --grader-pattern\.$/],
    ['readiness: {}', /There is nothing to measure: give --prompts/],
    ['readiness: {calibration: pairs.jsonl, out: o.json}', /o\.json" must be named NAME\.readiness\.json/],
    ['readiness: {prompts: problems.jsonl, answer-field: prompt, samples: 2, min: pass@4=0.1}', /give --samples 4\.$/],
    ['readiness: {endpoint: "http://x/v1"}', /Which model of the endpoint is to be sampled\?/],
    ['sweep: {grader: boxed}', /line 5: grader is for answers that are sampled: give prompts too\.$/],
    ['sweep: {prompts: problems.jsonl}', /there is no field with the right answer/],
    ['sweep: {prompts: problems.jsonl, answer-field: prompt, top-p: 2}', /line 5: top-p is 2, but must lie above 0/],
    ['sweep: {figure: a.png}', /line 5: figure is ".*a\.png", but must be named NAME\.svg\.$/],
    ['readiness: {prompts: problems.jsonl}', /problems\.jsonl", line 1: there is no field with the right answer/],
  ] as const) {
    it(`are refused before the first of them where ${JSON.stringify(text)} is the last`, async () => {
      const record = text.includes('outputs') ? 'record: r.rejuvenation.json' : 'out: o';
      writeFileSync(at('b.yaml'), `${inputs}${record}\n${text}\n`);
      const said: string[] = [];
      const context = {
        print: () => undefined,
        say: (line: string) => said.push(line),
        onEvent: () => said.push('an event'),
        startEngine: () => assert.fail('an engine was started'),
        signal: new AbortController().signal,
      };
      await assert.rejects(runRecipeFile(at('b.yaml'), context), { name: 'InputError', message: expected });
      assert.deepEqual(said, []);
    });
  }
});
