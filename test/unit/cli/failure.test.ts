import assert from 'node:assert/strict';
import { CommanderError } from 'commander';
import { failureOf } from '../../../src/cli/output/failure.ts';
import { InputError, Interrupted, RunError } from '../../../src/errors.ts';

describe('failures', () => {
  it('have the exit codes of their kind', () => {
    assert.deepEqual(failureOf(new InputError('No such file.'), false), {
      exitCode: 2,
      message: 'error: No such file.',
    });
    assert.deepEqual(failureOf(new RunError('It died.'), false), { exitCode: 1, message: 'error: It died.' });
    assert.deepEqual(failureOf(new Interrupted('Stopped.'), false), { exitCode: 130, message: 'Stopped.' });
    assert.deepEqual(failureOf(new CommanderError(1, 'commander.unknownOption', 'x'), false), {
      exitCode: 2,
      message: undefined,
    });
    assert.deepEqual(failureOf(new CommanderError(0, 'commander.helpDisplayed', 'x'), false), {
      exitCode: 0,
      message: undefined,
    });
  });

  it('that nobody expected say how to learn more, and show the stack only then', () => {
    assert.deepEqual(failureOf(new TypeError('x is not a function'), false), {
      exitCode: 1,
      message: 'unexpected error: x is not a function. Run with REJUVENATE_DEBUG=1 for details.',
    });
    const { message } = failureOf(new TypeError('x is not a function'), true);
    assert.match(message ?? '', /^unexpected error: x is not a function\.\nTypeError: x is not a function\n +at /);
  });

  it('are a line of sane length, also with their stack', () => {
    for (const error of [new InputError('x'.repeat(60e6)), new RunError('\u0000'.repeat(1e6)), 'y'.repeat(1e6)]) {
      assert.ok(failureOf(error, false).message!.length < 2100);
    }
    assert.ok(failureOf(new Error('x'.repeat(1e6)), true).message!.length < 20_000);
    assert.equal(failureOf(new Error('\u001b[31m'), true).message!.includes('\u001b'), false);
  });

  it('cannot break their line', () => {
    assert.equal(
      failureOf(new InputError('"a\n\u001b[31m" is no file.'), false).message,
      'error: "a\\n\\u{1b}[31m" is no file.',
    );
  });
});
