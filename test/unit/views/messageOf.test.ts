import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, notice } from '../../../src/views/jobs/messageOf.ts';
import { settingOf } from '../../../src/views/jobs/settingWords.ts';
import { root } from '../../paths.ts';

describe('messages in VS Code', () => {
  it('say what the error says', () => {
    assert.equal(messageOf(new Error('"/models/a" lacks config.json.')), '"/models/a" lacks config.json.');
    assert.equal(messageOf('plain'), 'plain');
  });

  it('name settings where the command line has options, and leave names and commands as they are', () => {
    for (const [said, shown] of [
      ['Try a smaller --memory.', 'Try a smaller rejuvenation.memory.'],
      ['use --precision float32', 'use rejuvenation.precision float32'],
      [
        'choose a smaller --rho, or a larger --rho-max.',
        'choose a smaller rejuvenation.rho, or a larger rejuvenation.rhoMax.',
      ],
      [
        '"/a --rho b" exists already: choose another place, or pass --overwrite.',
        '"/a --rho b" exists already: choose another place.',
      ],
      ['Give one with --chat-template FILE.', 'Give one with rejuvenation.chatTemplate FILE.'],
      ['Run `rejuvenate commit --alpha 1`.', 'Run `rejuvenate commit --alpha 1`.'],
      ['Name the field with --prompts-field.', 'Name the field with --prompts-field.'],
      ['finish with: rejuvenate commit a --rho 0', 'finish with: rejuvenate commit a --rho 0'],
    ] as const) {
      assert.equal(messageOf(new Error(said)), shown);
    }
    const declared = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).contributes.configuration.properties;
    for (const [option, setting] of settingOf) assert.ok(setting in declared, `${option}: ${setting}`);
  });

  it('hold no link that a name out of a file would make, whatever characters stand between', () => {
    for (const between of ['', '\u200b', '\u202e']) {
      const text = messageOf(new Error(`"[Repair]${between}(command:workbench.action.terminal.new)" is no model.`));
      assert.doesNotMatch(text, /\]\(/);
      assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
    }
  });

  it('are of sane length, and begin and end as they did', () => {
    for (const filler of ['x', '](', '\u0000']) {
      const text = notice(`begin ${filler.repeat(1e6)} end`);
      assert.ok(text.length <= 2000, `${text.length}`);
      assert.match(text, /^begin .*….* end$/);
    }
  });
});
