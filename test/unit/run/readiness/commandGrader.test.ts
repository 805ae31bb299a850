import assert from 'node:assert/strict';
import { InputError, Interrupted, RunError } from '../../../../src/errors.ts';
import { type GradedAnswer, gradeByCommand } from '../../../../src/run/readiness/commandGrader.ts';

const answers: GradedAnswer[] = [
  { prompt: 'p', answer: '4', response: 'it is 4; $(touch x) `y`' },
  { prompt: [{ role: 'user', content: 'p' }], answer: null, response: 'line\nbreak' },
];

const running = new AbortController().signal;

function by(script: string, seconds = 600, signal = running) {
  return gradeByCommand({ program: process.execPath, args: ['-e', script, '--', '$HOME'], seconds }, answers, signal);
}

const each = (body: string) =>
  `let text = ''; process.stdin.on('data', (c) => (text += c)).on('end', () => {` +
  `for (const line of text.trim().split('\\n')) { const it = JSON.parse(line); ${body} } })`;

describe("the user's program that grades", () => {
  it('is given a line an answer, without a shell, and grades each', async () => {
    const script = each(
      "console.log(JSON.stringify({ correct: it.response.includes(it.answer ?? '?'), answer: it.response, args: process.argv }))",
    );
    assert.deepEqual(await by(script), [
      { correct: true, answer: 'it is 4; $(touch x) `y`' },
      { correct: false, answer: 'line\nbreak' },
    ]);
    assert.deepEqual(
      await by(each("if (process.argv.at(-1) !== '$HOME') throw 1; console.log('{\"correct\": true}')")),
      [
        { correct: true, answer: null },
        { correct: true, answer: null },
      ],
    );
    assert.deepEqual(await gradeByCommand({ program: 'none', args: [], seconds: 1 }, [], running), []);
  });

  it('is told in a sentence when it fails', async () => {
    const faults: readonly (readonly [script: string, message: RegExp])[] = [
      ["console.error('a\\nno model'); process.exit(3)", /ended with exit code 3\. It said: no model$/],
      ['process.kill(process.pid, "SIGKILL")', /ended by signal SIGKILL\.$/],
      ["console.log('{}')", /was given 2 answers and printed 1 lines/],
      [each("console.log('yes')"), /printed "yes" as line 1, where \{"correct": true\}/],
      [each('console.log(\'{"correct": 1}\')'), /as line 1/],
      ["(function more() { process.stdout.write('x'.repeat(1e6), more); })()", /printed more than 64 MB/],
    ];
    for (const [script, message] of faults) {
      await assert.rejects(by(script), (error: unknown) => {
        assert.ok(error instanceof RunError, String(error));
        assert.match(error.message, message);
        return true;
      });
    }
    await assert.rejects(
      gradeByCommand({ program: '/no/such program', args: [], seconds: 5 }, answers, running),
      new InputError('The grader "/no/such program" could not be started: there is no such program.'),
    );
  });

  it('is ended when it takes too long, or the run is stopped', async () => {
    await assert.rejects(by('setInterval(() => {}, 1000)', 0.2), (error: unknown) => {
      return error instanceof RunError && /did not end within 0\.2 s/.test(error.message);
    });
    const stop = new AbortController();
    const graded = by('setInterval(() => {}, 1000)', 60, stop.signal);
    stop.abort();
    await assert.rejects(graded, Interrupted);
    await assert.rejects(by('1', 60, stop.signal), Interrupted);
  });
});
