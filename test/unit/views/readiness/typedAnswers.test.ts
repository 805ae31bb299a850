import assert from 'node:assert/strict';
import { InputError } from '../../../../src/errors.ts';
import { defaultConditions } from '../../../../src/readiness/verdict/conditions.ts';
import {
  conditionsOf,
  conditionsTyped,
  evalTemperatureOf,
  fieldsOf,
  programWords,
  temperatureOf,
  wholeOf,
} from '../../../../src/views/readiness/typedAnswers.ts';

describe('answers typed for Measure Readiness…', () => {
  it('are conditions, as they are shown', () => {
    const text = 'pass@16>=0.3, dead@8<=0.5, sampled-entropy>=0.1';
    assert.equal(conditionsTyped(conditionsOf(text)), text);
    assert.deepEqual(
      conditionsOf('gap >= 0.1').map(({ measure, bound, value, source }) => [measure, bound, value, source]),
      [['gap', 'min', 0.1, 'Your own.']],
    );
    assert.deepEqual(conditionsOf(' '), []);
    assert.equal(conditionsTyped(defaultConditions), 'dead@8<=0.5');
    for (const wrong of ['pass@16', 'pass@16=0.3', 'nothing>=1', 'pass@16>=x', 'pass>=1'])
      assert.throws(() => conditionsOf(wrong), InputError, wrong);
  });

  it('are programs, as words or as a JSON list', () => {
    assert.deepEqual(programWords(' python3  grade.py -v '), ['python3', 'grade.py', '-v']);
    assert.deepEqual(programWords('["my grader", "-v"]'), ['my grader', '-v']);
    for (const wrong of ['', '[]', '[""]', '[1]', '["a"', '[["a"]]'])
      assert.throws(() => programWords(wrong), InputError, wrong);
  });

  it('are names of fields', () => {
    assert.deepEqual(fieldsOf('task , meta.answer'), { promptField: 'task', answerField: 'meta.answer' });
    assert.deepEqual(fieldsOf(''), { promptField: '', answerField: '' });
  });

  it('are numbers', () => {
    assert.equal(wholeOf('16', 1), 16);
    assert.equal(temperatureOf('0.6'), 0.6);
    for (const wrong of ['', '0', '1.5', '-1', '1e3', 'x', '99999999999999999999'])
      assert.throws(() => wholeOf(wrong, 1), InputError, wrong);
    for (const wrong of ['', '-0.1', '101', 'NaN', 'x']) assert.throws(() => temperatureOf(wrong), InputError, wrong);
  });

  it('are no temperature of evaluation only where there need not be one', () => {
    for (const none of ['none', '']) {
      assert.equal(evalTemperatureOf(none, false), undefined);
      assert.throws(() => evalTemperatureOf(none, true), InputError, none);
    }
    for (const required of [false, true]) assert.equal(evalTemperatureOf('0', required), 0);
  });
});
