import assert from 'node:assert/strict';
import { messageOf, notice } from '../../../src/views/jobs/messageOf.ts';

describe('messages in VS Code', () => {
  it('say what the error says', () => {
    assert.equal(messageOf(new Error('"/models/a" lacks config.json.')), '"/models/a" lacks config.json.');
    assert.equal(messageOf('plain'), 'plain');
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
