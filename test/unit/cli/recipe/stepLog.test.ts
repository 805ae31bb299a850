import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecipe } from '../../../../src/cli/commands/recipe/openRecipe.ts';
import { currentRecipeTable } from '../../../../src/cli/commands/recipe/recipeCommands.ts';
import { recipeSteps } from '../../../../src/cli/commands/recipe/recipeSteps.ts';
import { StepLog } from '../../../../src/cli/commands/recipe/stepLog.ts';
import { fixtures } from '../../../paths.ts';

/* Which steps of a stopped recipe are taken for done when it goes on. */

const table = currentRecipeTable();

describe('the steps that are done', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  const recipe = (more: string) => `base: base\nsft: sft\ncalibration: data\nout: out\n${more}`;

  async function stepsOf(text: string) {
    writeFileSync(at('a.yaml'), text);
    return recipeSteps(await openRecipe(at('a.yaml'), table), new Map(), table);
  }

  /** Of the recipe's steps, by the log of the recipe that was stopped after its last one. */
  async function doneOf(text: string): Promise<boolean[]> {
    const { record, steps } = await stepsOf(text);
    const log = await StepLog.open(record);
    return Promise.all(steps.map((step) => log.has(step)));
  }

  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'step-log-')));
    const pair = join(fixtures, 'checkpoints', 'tiny-qwen3-untied-sharded');
    for (const which of ['base', 'sft']) cpSync(join(pair, which), at(which), { recursive: true });
    for (const name of ['data', 'out']) mkdirSync(at(name));
    writeFileSync(at('data/pairs.jsonl'), '{"prompt": "p", "response": "r"}\n');
    writeFileSync(at('out.rejuvenation.json'), '{}');
    const { record, steps } = await stepsOf(recipe(''));
    const log = await StepLog.open(record);
    for (const step of steps) await log.add(step);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are those of the same recipe, also where files may be replaced now', async () => {
    assert.deepEqual(await doneOf(recipe('')), [true, true]);
    assert.deepEqual(await doneOf(recipe('overwrite: true\n')), [true, true]);
  });

  it('are none whose output is gone', async () => {
    rmSync(at('out'), { recursive: true });
    assert.deepEqual(await doneOf(recipe('')), [true, false]);
  });

  it('are none that go by a step which is to be done anew', async () => {
    assert.deepEqual(await doneOf(recipe('top-n: 3\noverwrite: true\n')), [false, false]);
  });

  it('are none where a file of a checkpoint is another', async () => {
    appendFileSync(at('sft/config.json'), '\n');
    assert.deepEqual(await doneOf(recipe('')), [false, false]);
  });

  it('are none where a file of a data set is another', async () => {
    appendFileSync(at('data/pairs.jsonl'), '{"prompt": "p", "response": "r"}\n');
    assert.deepEqual(await doneOf(recipe('')), [false, false]);
  });
});
