import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentRecipeTable } from '../../../../src/cli/commands/recipe/recipeCommands.ts';
import { parseRecipe } from '../../../../src/recipe/parseRecipe.ts';
import { cardDocuments } from '../../../../src/run/card/cardDocuments.ts';
import { parentCard } from '../../../../src/run/card/parentCard.ts';
import { tinyRecord } from '../../record/tinyRecord.ts';

/* What a committed checkpoint gets of its parents' cards. */

describe("the documents beside a committed checkpoint's weights", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'card-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const { draft } = tinyRecord();
  const source = {
    ...{ record: { ...draft, arrays: { file: 'x', sha256: 'ab'.repeat(32) } }, alpha: 0.5, rho: 0.02 },
    ...{ dtype: undefined, committed: '2026-03-04T05:06:07.000Z', reset: draft.reset },
  };

  it("keep the SFT's own card byte for byte under another name, whatever its encoding", async () => {
    const sft = join(folder, 'models--lab--sft', 'snapshots', '0123abcd');
    mkdirSync(sft, { recursive: true });
    const card = Buffer.concat([Buffer.from('---\nlicense: mit\n---\n# SFT '), Buffer.from([0xff, 0xfe, 0])]);
    writeFileSync(join(sft, 'README.md'), card);
    const parents = [await parentCard(folder), await parentCard(sft)] as const;
    assert.deepEqual([parents[0].hubId, parents[1].hubId], [undefined, 'lab/sft']);
    assert.deepEqual([parents[0].licence, parents[1].licence], [undefined, { license: 'mit' }]);
    const documents = cardDocuments(source, ...parents);
    assert.deepEqual([...documents.keys()].sort(), [
      ...['README.md', 'README.sft.md', 'rejuvenation-recipe.yaml', 'rejuvenation-reset.svg'],
    ]);
    assert.deepEqual(Buffer.from(documents.get('README.sft.md') as Uint8Array), card);
    assert.match(documents.get('README.md') as string, /^---\nlicense: mit\n/);
  });

  it('have no figure where nothing is reset, and no card that the SFT lacks', async () => {
    const parent = await parentCard(folder);
    const documents = cardDocuments({ ...source, rho: 0, reset: undefined }, parent, parent);
    assert.deepEqual([...documents.keys()], ['README.md', 'rejuvenation-recipe.yaml']);
  });

  it('have a recipe that is understood, in which what comes from elsewhere is data', async () => {
    const parent = { ...(await parentCard(folder)), hubId: 'org/base' };
    const file = { ...draft.inputs.base.files[0]!, name: '/a\nout: /etc # "x"\u202e.jsonl' };
    const inputs = {
      ...draft.inputs,
      base: { ...draft.inputs.base, folder: '- *x' },
      sft: { ...draft.inputs.sft, folder: '007' },
    };
    const settings = { ...draft.settings, promptField: 'true', templateArgs: ['a=: #'], samples: 0, memoryBytes: 4e9 };
    const record = { ...source.record, settings, inputs: { ...inputs, calibration: [file, file] } };
    const made = { ...source, record, alpha: 0.25, dtype: 'f16' as const };
    const text = cardDocuments(made, parent, parent).get('rejuvenation-recipe.yaml') as string;
    const { top, sections, faults } = parseRecipe(text, currentRecipeTable());
    assert.deepEqual(faults, []);
    const words = (name: string) => top.values.get(name)?.words;
    assert.deepEqual([words('base'), words('sft'), words('calibration')], [['- *x'], ['007'], [file.name, file.name]]);
    assert.deepEqual([words('prompt-field'), words('template-arg')], [['true'], ['a=: #']]);
    assert.deepEqual([words('samples'), words('memory'), words('device')], [['all'], ['4000000000'], ['cpu']]);
    const [output] = sections.get('outputs')!;
    assert.deepEqual(
      [...output!.values].map(([name, { words: each }]) => [name, ...each]),
      [
        ['out', '../rejuvenated-again'],
        ['alpha', '0.25'],
        ...(draft.settings.rho === made.rho ? [] : [['rho', `${made.rho}`]]),
        ['dtype', 'f16'],
      ],
    );
    assert.match(text, /^# The base is org\/base of the Hub\.$/m);
  });

  it('draw a cell for every module, with its share in words', async () => {
    const parent = await parentCard(folder);
    const figure = cardDocuments(source, parent, parent).get('rejuvenation-reset.svg') as string;
    const cells = [...figure.matchAll(/<title>layer (\d+), (\w+): (\d+) of (\d+) neurons<\/title>/g)];
    assert.deepEqual(
      cells.map(([, layer, projection, neurons, width]) => [Number(layer), projection, Number(neurons), Number(width)]),
      draft.reset.modules.map(({ layer, projection, neurons, width }) => [layer, projection, neurons, width]),
    );
  });
});
