import assert from 'node:assert/strict';
import { ConversationFault } from '../../../src/calibration/chat/conversation.ts';
import { InputError } from '../../../src/errors.ts';
import { chatTemplate, conversation, message, now } from './chatFixtures.ts';

const given = conversation(message('user', 'x'), message('assistant', 'y'));

function faultOf(source: string): Error {
  try {
    chatTemplate(source).render(given.messages, given, false, now);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  return assert.fail(`${source} is rendered`);
}

/** Templates that Jinja would not compile, or that use what is not supported. */
const uncompiled: readonly (readonly [source: string, sentence: string])[] = [
  ['a\n{{ s', 'line 2, cannot be used: a tag is not closed.'],
  ['{% if s %}', 'line 1, cannot be used: expected {% endif %}, found the end of the template.'],
  ['{% endfor %}', 'line 1, cannot be used: "endfor" is no statement here.'],
  ['{{ s ? 1 : 2 }}', 'line 1, cannot be used: unexpected character "?".'],
  ['{{ (s }}', 'line 1, cannot be used: unexpected "}".'],
  ['{# open', 'line 1, cannot be used: a comment is not closed.'],
  ['{% include "/etc/passwd" %}', 'line 1, cannot be used: the statement "include" is not supported.'],
  ['\n\n{% import "x" as y %}', 'line 3, cannot be used: the statement "import" is not supported.'],
  ['{% for a in b recursive %}{% endfor %}', 'line 1, cannot be used: a recursive loop is not supported.'],
  ["{{ '\\N{BULLET}' }}", 'line 1, cannot be used: a text has the escape "\\N", which is not supported.'],
  ['{% break %}', 'line 1, cannot be used: "break" is outside of a loop.'],
  [`{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`, 'line 1, cannot be used: it nests more than 150 levels deep.'],
  ['{% if 1 %}'.repeat(5000), 'line 1, cannot be used: it nests more than 150 levels deep.'],
  [`{{ ${'1 + '.repeat(50_000)}1 }}`, 'cannot be used: it nests too deep.'],
  ['x'.repeat(1_000_001), 'cannot be used: it has more than 1,000,000 characters.'],
  [
    '{% set ns = namespace(x=0) %}{% for a in [1, 2] if ns.x == 0 %}{% set ns.x = 1 %}{% endfor %}',
    'line 1, cannot be used: a loop whose condition reads "ns", which it changes, is not supported.',
  ],
];

/** Templates that fail at a conversation, reach for what they may not, or never end. */
const failing: readonly (readonly [source: string, clause: string])[] = [
  [
    '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}',
    'it takes more than 20,000,000 steps',
  ],
  [
    "{% set ns = namespace(t='x') %}{% for a in range(99) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}",
    'it writes a text of more than 8,000,000 characters',
  ],
  ["{{ 'x' * 1000000000 }}", 'it writes a text of more than 8,000,000 characters'],
  ["{{ 'x'.center(999999999) }}", 'it writes a text of more than 8,000,000 characters'],
  ["{{ 'ab'.replace('', 'x' * 5000000) }}", 'it writes a text of more than 8,000,000 characters'],
  ['{{ [0] * 1000000000 }}', 'it makes a list of more than 1,000,000 items'],
  ['{{ 10 ** 1000000 }}', 'it computes a number of more than 4096 bits'],
  ['{{ range(1000000) }}', '"range" has more than 100,000 items'],
  ['{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', 'it nests more than 400 levels deep'],
  [
    '{% set ns = namespace(l=1) %}{% for a in range(5000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}',
    'it nests more than 400 levels deep',
  ],
  ["{{ ''.__class__ }}", 'it reaches for "__class__", which the sandbox forbids'],
  ["{{ messages[0]['__init__'] }}", 'it reaches for "__init__", which the sandbox forbids'],
  ["{{ messages[0]['__proto__'] }}", 'it reaches for "__proto__", which the sandbox forbids'],
  ['{{ messages.append(1) }}', 'it calls "append" of a list: the sandbox forbids changing values'],
  ["{{ messages[0].pop('role') }}", 'it calls "pop" of a dict: the sandbox forbids changing values'],
  ['{{ messages.constructor() }}', 'a list has no "constructor"'],
  ['{{ process.env }}', '"process" is undefined'],
  ['{{ tools.x.y }}', 'a none has no "x"'],
  ['{{ bos_token + 1 }}', 'str + whole number is not possible'],
  ['{{ bos_token | constructor }}', 'there is no filter "constructor"'],
  ['{{ bos_token is hasOwnProperty }}', 'there is no test "hasOwnProperty"'],
  ['{{ bos_token | escape }}', 'the filter "escape" is not supported'],
  ['{{ bos_token | safe | upper }}', 'the filter "safe" is supported at the end of {{ … }} only'],
  ['{{ bos_token.encode() }}', 'the method "encode" of a text is not supported'],
  ["{{ cycler('a') }}", 'the function "cycler" is not supported'],
  ["{{ strftime_now('%U') }}", '"strftime_now" with "%U" is not supported'],
  ['{{ raise_exception }}', 'it prints a function, which stands for no text'],
  [
    '{% for m in messages %}{{ tools }}{% endfor %}{% set tools = 1 %}',
    'it reads "tools" before it sets it, where another of that name is given',
  ],
  [
    '{% macro m() %}{% generation %}x{% endgeneration %}{% endmacro %}{{ m() }}',
    'its {% generation %} stands within a macro or a captured block, where it marks no place in the text',
  ],
];

describe('hostile chat templates', () => {
  for (const [source, sentence] of uncompiled) {
    it(`cannot be used: ${source.slice(0, 60).trim().replaceAll('\n', '⏎')}`, () => {
      const fault = faultOf(source);
      assert.ok(!(fault instanceof ConversationFault));
      assert.equal(
        fault.message,
        `The chat template, "chat_template.jinja"${sentence.startsWith('line') ? ', ' : ' '}${sentence}`.replace(
          'jinja" cannot',
          'jinja", cannot',
        ),
      );
    });
  }

  for (const [source, clause] of failing) {
    it(`fails at a conversation: ${source.slice(0, 60)}`, () => {
      const fault = faultOf(source);
      assert.ok(fault instanceof ConversationFault);
      assert.equal(fault.message, `the chat template ("chat_template.jinja", line 1) fails: ${clause}`);
    });
  }

  it('may refuse a conversation in their own words', () => {
    const fault = faultOf("{{ raise_exception('Roles must alternate\\n<b>') }}");
    assert.ok(fault instanceof ConversationFault);
    assert.equal(fault.message, 'the chat template refuses it: "Roles must alternate\\n<b>"');
  });

  it('know nothing of JavaScript values', () => {
    const source =
      "{{ toString }}|{{ bos_token.length }}|{{ messages.length }}|{{ messages[0]['toString'] }}|{{ valueOf }}|{{ globalThis }}";
    assert.equal(chatTemplate(source).render(given.messages, given, false, now).text, '|||||');
  });
});
