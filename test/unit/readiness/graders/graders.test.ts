import assert from 'node:assert/strict';
import { InputError } from '../../../../src/errors.ts';
import type { Grader } from '../../../../src/readiness/graders/grader.ts';
import { lastBoxed } from '../../../../src/readiness/graders/lastBoxed.ts';
import { type GraderChoice, namedGrader } from '../../../../src/readiness/graders/namedGrader.ts';
import { regexGrader } from '../../../../src/readiness/graders/regexGrader.ts';
import { answerKey, sameAnswer } from '../../../../src/readiness/graders/sameAnswer.ts';

const grader = (choice: Exclude<GraderChoice, { name: 'command' }>): Grader => namedGrader(choice);

/** `[text, answer of the file, right]` */
type Case = readonly [text: string, answer: string, correct: boolean];

function hold(by: Grader, cases: readonly Case[]): void {
  for (const [text, answer, correct] of cases) {
    assert.equal(by.refusal(answer), undefined, `refuses ${answer}`);
    assert.equal(by.grade([text], answer)[0]!.correct, correct, `${text} for ${answer}`);
  }
}

describe('answers', () => {
  it('are the same by exact value, whatever the spelling', () => {
    const same = [
      ['12', '12.'],
      ['$12$', '12'],
      ['1,000', '1000'],
      ['1{,}000', '1000'],
      ['1\\,000', '1000'],
      ['0.5', '.50'],
      ['\\frac{1}{2}', '0.5'],
      ['\\dfrac12', '1/2'],
      ['\\tfrac{3}{6}', '\\frac12'],
      ['-\\frac{1}{2}', '\\frac{-1}{2}'],
      ['1\\frac{1}{2}', '3/2'],
      ['1 1/2', '1.5'],
      ['−3', '-3'],
      ['+7', '7'],
      ['3 \\times 10^{5}', '300000'],
      ['2.5e3', '2500'],
      ['10^3', '1000'],
      ['50\\%', '50%'],
      ['50\\%', '0.5'],
      ['50', '50\\%'],
      ['\\$18.00', '18'],
      ['18 dollars', '18'],
      ['12\\text{ cm}', '12'],
      ['12\\ \\mathrm{cm}^2', '12'],
      ['12 \\text{ cm}^{2}', '12 square centimetres'],
      ['90^\\circ', '90'],
      ['90^{\\circ}', '90 degrees'],
      ['5cm', '5'],
      ['3 m/s', '3'],
      ['5 square miles.', '5'],
      ['x = 5', '5'],
      ['x=\\frac{3}{4}', '0.75'],
      ['\\text{Yes}', 'yes'],
      ['\\text{(B)}', 'B'],
      ['(1, 2)', '(1,2.0)'],
      ['\\left( \\frac12, 3 \\right)', '(0.5, 3)'],
      ['\\{3, 1\\}', '\\{1, 3\\}'],
      ['2, -2', '-2,2'],
      ['\\sqrt2', '\\sqrt{2}'],
      ['x^{2}+1', 'x^2 + 1'],
      ['\\(7\\)', '7'],
    ] as const;
    for (const [one, other] of same) {
      assert.ok(sameAnswer(one, other), `${one} and ${other}`);
      assert.ok(sameAnswer(other, one), `${other} and ${one}`);
    }
  });

  it('are others where value or spelling differs', () => {
    const others = [
      ['12', '13'],
      ['1/3', '0.33'],
      ['-3', '3'],
      ['5x', '5'],
      ['5 x', '5'],
      ['3 pi', '3'],
      ['12 or 13', '12'],
      ['(1,2)', '(2,1)'],
      ['[0,1)', '[0,1]'],
      ['1,2', '12'],
      ['1/0', '0'],
      ['11/2', '1 1/2'],
      ['50%', '5'],
      ['x+y=5', '5'],
      ['\\sqrt{2}', '\\sqrt{3}'],
      ['A', 'B'],
      ['', '0'],
      ['123456789012345678901234567890', '123456789012345678901234567891'],
    ] as const;
    for (const [one, other] of others) assert.ok(!sameAnswer(one, other), `${one} and ${other}`);
  });

  it('share a spelling where they are equal, which distinct answers are counted by', () => {
    assert.equal(answerKey('\\frac{2}{4}'), '1/2');
    assert.equal(answerKey('0.50 m'), '1/2');
    assert.equal(answerKey('(1.0, 2)'), '(1,2)');
  });

  it('of a model in a loop are compared by their spelling, in no time to speak of', () => {
    const long = '9'.repeat(100_000);
    assert.ok(sameAnswer(long, long));
    assert.ok(!sameAnswer(long, '9'));
    assert.ok(!sameAnswer('1e999999999', '1'));
    assert.ok(!sameAnswer('10^{999999999}', '1'));
    for (const part of ['{', '\\text{', '\\frac{', '(', '1,', ' ', '-', '\\left(', '^{', '1 1/', '\\frac1']) {
      assert.ok(!sameAnswer(part.repeat(20_000), '1'), part);
      assert.ok(!sameAnswer(part.repeat(200), '1'), part);
      assert.equal(typeof lastBoxed(`\\boxed{${part.repeat(20_000)}`), 'undefined', part);
    }
  });
});

describe('the grader', () => {
  it('boxed takes the last box that is closed', () => {
    hold(grader({ name: 'boxed' }), [
      ['so \\boxed{3}, no, \\boxed{4}.', '4', true],
      ['\\boxed{3} and then \\boxed{4', '3', true],
      ['\\boxed{\\frac{1}{2}}', '0.5', true],
      ['\\boxed{\\text{a \\} brace}}', '1', false],
      ['\\boxed 7', '7', true],
      ['\\boxed{ 12\\text{ apples} }', '12', true],
      ['\\fbox{9}', '9', true],
      ['the answer is 4', '4', false],
      ['', '4', false],
      ['\\boxed{}', '0', false],
      ['\\boxed{18}', 'He has 3 * 6 = <<3*6=18>>18.\n#### 18', true],
      ['\\boxed{18}', 'We get $\\boxed{18}$.', true],
    ]);
    assert.equal(grader({ name: 'boxed' }).refusal(' '), 'is empty');
    assert.deepEqual(grader({ name: 'boxed' }).grade(['\\boxed{2/4}', 'none'], '1'), [
      { correct: false, answer: '1/2' },
      { correct: false, answer: null },
    ]);
  });

  it('last-number takes the last number of the text', () => {
    hold(grader({ name: 'last-number' }), [
      ['First 3, then 1,234.', '1234', true],
      ['It is 2.50 dollars.', '2.5', true],
      ['That makes -7', '-7', true],
      ['10-7', '7', true],
      ['so 3/4', '0.75', true],
      ['\\frac{3}{4}', '0.75', true],
      ['no number', '4', false],
      ['#### 5', 'x\n#### 5', true],
      ['a1 b2', '2', false],
    ]);
    assert.equal(grader({ name: 'last-number' }).refusal('none'), 'has no number');
  });

  it('exact takes the whole text', () => {
    hold(grader({ name: 'exact' }), [
      [' Paris\n', 'Paris', true],
      ['paris', 'Paris', false],
      ['e\u0301', '\u00e9', true],
    ]);
  });

  it('choice takes the letter', () => {
    hold(grader({ name: 'choice' }), [
      ['B', 'B', true],
      ['b)', 'B', true],
      ['The answer is (C).', 'C', true],
      ['Answer: **D**', '(D)', true],
      ['A cat. The answer is B', 'B', true],
      ['\\boxed{\\text{A}}', 'A', true],
      ['Not (A) but (B) then', 'B', true],
      ['The answer is a cat', 'A', false],
      ['The answer is Albany', 'A', false],
      ['B. Paris', 'B', true],
    ]);
    assert.equal(grader({ name: 'choice' }).refusal('42'), 'names no letter of a choice');
  });

  it('json-field takes the field of the last object that has it', () => {
    hold(grader({ name: 'json-field', path: 'answer' }), [
      ['{"answer": 4}', '4', true],
      ['```json\n{"answer": "1/2"}\n```', '0.5', true],
      ['{"answer": 3} later {"answer": 4} {"note": 1}', '4', true],
      ['{"a {": 1, "answer": {"x": 1}}', '1', false],
      ['{"answer": "}"} 5"', '}', true],
      ['{"answer": true}', 'True', true],
      ['\\boxed{"x"} {"answer": 4}', '4', true],
      ['{"answer": 4', '4', false],
      ['{'.repeat(50_000), '4', false],
      ['{"a":'.repeat(20_000) + '}'.repeat(20_000), '4', false],
    ]);
    hold(grader({ name: 'json-field', path: 'a.b' }), [
      ['{"a": {"b": 4}}', '4', true],
      ['{"a.b": 4}', '4', true],
      ['{"__proto__": {"b": 4}}', '4', false],
    ]);
  });

  it('regex takes the last match', () => {
    hold(grader({ name: 'regex', pattern: 'ANS=(\\S+)' }), [
      ['ANS=3 ANS=4', '4', true],
      ['nothing', '4', false],
    ]);
    hold(grader({ name: 'regex', pattern: '\\d+' }), [['1 22', '22', true]]);
    hold(grader({ name: 'regex', pattern: '(x)?' }), [['aaa', 'x', false]]);
    assert.throws(
      () => regexGrader('('),
      new InputError(
        '"(" is no regular expression of JavaScript: Invalid regular expression: /(/gu: Unterminated group.',
      ),
    );
  });

  it('regex gives up on an expression that does not end, and says so', () => {
    const by = regexGrader('(a+)+b', 50);
    assert.throws(
      () => by.grade(['a'.repeat(64)], '1'),
      (error: unknown) => error instanceof InputError && /took longer than 0.05 s .* 64 characters/.test(error.message),
    );
    assert.deepEqual(by.grade(['ab'], 'a'), [{ correct: true, answer: 'a' }]);
  });
});
