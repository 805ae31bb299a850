import assert from 'node:assert/strict';
import { attributeCommand } from '../../../src/cli/commands/runCommand.ts';
import { attributeWords } from '../../../src/cluster/phases/attributeWords.ts';
import { defaultSettings, type RunSettings } from '../../../src/settings/runSettings.ts';

describe('the words of an attribution', () => {
  const inputs = { base: '-base', sft: 's f t', calibration: ['--a=b', 'c'], tokenizer: undefined };
  const parsed = (words: readonly string[]) => {
    const command = attributeCommand({} as Parameters<typeof attributeCommand>[0]);
    assert.deepEqual(command.parseOptions([...words]).unknown, []);
    return command.opts();
  };

  it('are read by the command as the settings that they were made of', () => {
    const settings: RunSettings = {
      ...{ alpha: 0.25, rho: 0.002, rhoMax: 0.1, topN: 3, maxLength: 99, samples: 0, seed: 7, holdout: 0.5 },
      ...{ format: 'pair', promptField: 'q x', responseField: '-r', pairsAs: 'chat', chatTemplate: 'a\nb.jinja' },
      ...{
        templateArgs: ['x=1', 'y=a b'],
        turns: 'last',
        specialTokens: 'none',
        device: 'cpu',
        memoryBytes: 123456789,
      },
      ...{ processes: 2, threads: 3, weights: 'stored', precision: 'tf32', renamedRows: 'fuse' },
    };
    const options = parsed(attributeWords(inputs, settings));
    const { templateArgs, memoryBytes, ...same } = settings;
    for (const [key, value] of Object.entries(same)) assert.deepEqual(options[key], value, key);
    assert.deepEqual([options['templateArg'], options['memory']], [templateArgs, memoryBytes]);
    assert.deepEqual([options['base'], options['sft'], options['calibration']], ['-base', 's f t', ['--a=b', 'c']]);
  });

  it('leave out what is the default', () => {
    assert.deepEqual(attributeWords(inputs, defaultSettings), [
      ...['--base=-base', '--sft=s f t', '--calibration=--a=b', '--calibration=c'],
    ]);
  });
});
