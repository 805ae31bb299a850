import assert from 'node:assert/strict';
import { join } from 'node:path';
import { renderConversation } from '../../../src/calibration/chat/assistantRanges.ts';
import type { ChatTemplate } from '../../../src/calibration/chat/chatTemplate.ts';
import { type Conversation, ConversationFault, isTrained } from '../../../src/calibration/chat/conversation.ts';
import { encodeConversation } from '../../../src/calibration/chat/encodeConversation.ts';
import type { Dict, Value } from '../../../src/calibration/chat/jinja/values/values.ts';
import { readTokenizer } from '../../../src/calibration/tokenizer/tokenizer.ts';
import type { Turns } from '../../../src/settings/calibrationSettings.ts';
import {
  chatFolder,
  chatJson,
  chatTemplate,
  conversation,
  conversations,
  message,
  now,
  templateText,
} from './chatFixtures.ts';

const tokens: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  chatml: { eos_token: '<|im_end|>' },
  headers: { bos_token: '<|begin_of_text|>', eos_token: '<|eot_id|>' },
  pieces: { bos_token: '<s>', eos_token: '</s>' },
  prepend: { bos_token: '<s>', eos_token: '</s>' },
};

/** Without the fields that take a message out of what is learned, of which transformers knows nothing. */
function unweighted(messages: readonly Dict[]): readonly Dict[] {
  return messages.map((each) => new Map(Array.from(each).filter(([name]) => name !== 'weight')));
}

function turnsOf(template: ChatTemplate, given: Conversation, turns: Turns = 'all'): string[] {
  const { text, ranges } = renderConversation(template, given, turns, now);
  return ranges.map(({ start, end }) => text.slice(start, end));
}

/** The template as it were without its tags, in a scope of the same kind. */
function untagged(source: string): string {
  return source
    .replace(/\{%(-?)\s*generation\s*(-?)%\}/g, '{%$1 with $2%}')
    .replace(/\{%(-?)\s*endgeneration\s*(-?)%\}/g, '{%$1 endwith $2%}');
}

describe("the assistant's turns", () => {
  for (const [key, expected] of chatJson('encodings') as ReadonlyMap<string, readonly Dict[]>) {
    const [tokenizerName, templateName] = key.split(' ') as [string, string];
    it(`${templateName} with the tokenizer ${tokenizerName}: ids and masks of transformers`, async () => {
      const tokenizer = await readTokenizer(join(chatFolder, `${tokenizerName}.tokenizer.json`));
      const template = chatTemplate(templateText(templateName), tokens[tokenizerName]);
      let compared = 0;
      for (const [i, given] of conversations.entries()) {
        if (given.prompt) continue;
        const { ids, ranges } = encodeConversation(
          template,
          tokenizer,
          { ...given, messages: unweighted(given.messages) },
          'all',
          now,
        );
        const mask = new Uint8Array(ids.length);
        for (const { start, end } of ranges) mask.fill(1, start, end);
        assert.deepEqual(Array.from(ids, BigInt), expected[i]!.get('ids'), `conversation ${i}`);
        assert.equal(mask.join(''), expected[i]!.get('mask'), `conversation ${i}`);
        compared++;
      }
      assert.equal(compared, 36);
    });
  }

  for (const name of ['generation', 'generation-plain']) {
    it(`${name}: are found without its tags where they mark them`, () => {
      const source = templateText(name);
      for (const [i, given] of conversations.entries()) {
        if (given.prompt) continue;
        const marked = turnsOf(chatTemplate(source), given).map((turn) => turn.trimEnd());
        assert.deepEqual(turnsOf(chatTemplate(untagged(source)), given), marked, `conversation ${i}`);
      }
    });
  }

  const user = (content: Value) => message('user', content);
  const assistant = (content: Value, more?: Readonly<Record<string, Value>>) => message('assistant', content, more);
  const call = new Map<string, Value>([
    ['type', 'function'],
    ['id', 'abcdefghi'],
    [
      'function',
      new Map<string, Value>([
        ['name', 'now'],
        ['arguments', new Map()],
      ]),
    ],
  ]);
  const thinking = conversation(
    user('q'),
    assistant('<think>\none\n</think>\n\nA'),
    user('r'),
    assistant('<think>\ntwo\n</think>\n\nB'),
  );

  it('have their thoughts where the template keeps them, and stop tokens, not the newline after', () => {
    assert.deepEqual(turnsOf(chatTemplate(templateText('think')), thinking), [
      'A<|im_end|>',
      '<think>\ntwo\n</think>\n\nB<|im_end|>',
    ]);
  });

  it('start after a prompt that says more than the turn repeats', () => {
    const given = { ...thinking, variables: new Map([['enable_thinking', false]]) };
    assert.equal(turnsOf(chatTemplate(templateText('think')), given)[0], 'A<|im_end|>');
    assert.deepEqual(turnsOf(chatTemplate(templateText('deep')), thinking), [
      '\n\nA<｜end▁of▁sentence｜>',
      '\n\nB<｜end▁of▁sentence｜>',
    ]);
  });

  it('may stop with another token in the middle than at the end', () => {
    const given = conversation(user('q'), assistant('A'), user('r'), assistant('B'));
    assert.deepEqual(turnsOf(chatTemplate(templateText('signatures')), given), [
      '<|channel|>final<|message|>A<|end|>',
      '<|channel|>final<|message|>B<|return|>',
    ]);
  });

  it('may be calls, in templates that ask for turns and in such that do not', () => {
    const given = conversation(
      user('q'),
      assistant(null, { tool_calls: [call] }),
      message('tool', '12', { tool_call_id: 'abcdefghi' }),
      assistant('B'),
    );
    assert.deepEqual(turnsOf(chatTemplate(templateText('instructions')), given), [
      '[TOOL_CALLS] [{"name": "now", "arguments": {}, "id": "abcdefghi"}]</s>',
      ' B</s>',
    ]);
    assert.deepEqual(turnsOf(chatTemplate(templateText('headers')), given), [
      '{"name": "now", "parameters": {}}<|eot_id|>',
      'B<|eot_id|>',
    ]);
  });

  it('count all, the last alone, or those with a weight', () => {
    const template = chatTemplate(templateText('ask'));
    const given = conversation(
      user('q'),
      assistant('A', { weight: 0n }),
      user('r'),
      assistant('B', { loss_mask: true }),
      user('s'),
      assistant('C', { step_loss_mask: 0 }),
    );
    assert.deepEqual(turnsOf(template, given), ['B<|im_end|>']);
    assert.deepEqual(turnsOf(template, given, 'last'), []);
    const plain = conversation(user('q'), assistant('A'), user('r'), assistant('B'));
    assert.deepEqual(turnsOf(template, plain, 'last'), ['B<|im_end|>']);
    const marked = chatTemplate(templateText('generation'));
    assert.deepEqual(turnsOf(marked, plain, 'last'), ['B<|im_end|>']);
    assert.deepEqual(turnsOf(marked, given), ['B<|im_end|>']);
  });

  it('refuse a weight that is neither 0 nor 1', () => {
    for (const weight of [0.5, 'x', 2n, []]) {
      assert.throws(
        () => isTrained(assistant('A', { weight })),
        new ConversationFault('the "weight" of a message is neither 0 nor 1'),
      );
    }
  });

  it('are refused where their place is not certain', () => {
    const source = '{% for m in messages %}[{{ m.content }}]{% endfor %}{{ messages | length }}';
    const given = conversation(user('q'), assistant('A'), user('r'), assistant('B'));
    const shifting = `{{ messages | length }}${source}{% if messages | length < 4 %}!{% endif %}`;
    assert.throws(
      () => renderConversation(chatTemplate(shifting), given, 'all', now),
      new ConversationFault("where the assistant's message 2 ends in its rendering is not certain"),
    );
  });
});
