import assert from 'node:assert/strict';
import { slurmGroup } from '../../../src/cli/commands/cluster/slurmOptions.ts';
import { buildProgram } from '../../../src/cli/commands/program.ts';
import { dependentNames } from '../../../src/cli/commands/sampling/readinessIdle.ts';
import { failureOf } from '../../../src/cli/output/failure.ts';
import type { RunContext } from '../../../src/run/progress/runContext.ts';

/* Options that would do nothing are refused before anything is read, in all commands alike. */

const context: RunContext = {
  signal: new AbortController().signal,
  onEvent() {},
  startEngine: () => assert.fail('an engine was started'),
};
const program = () =>
  buildProgram({ ...context, print: () => assert.fail('something was done'), say: () => {} }, () =>
    assert.fail('devices were probed'),
  );

async function refusal(line: string): Promise<string> {
  try {
    await program().parseAsync(line.split(' '), { from: 'user' });
  } catch (error) {
    const { exitCode, message } = failureOf(error, false);
    assert.equal(exitCode, 2, message);
    return message ?? '';
  }
  return assert.fail(`${line} was not refused`);
}

describe('options that would do nothing', () => {
  for (const [line, said] of [
    ['readiness sft --prompts p.jsonl --concurrency 4', /--concurrency is for a server: give --endpoint too/],
    [
      'readiness sft --prompts p.jsonl --reward-column r',
      /--reward-column is for files of rollouts: give --rollouts too/,
    ],
    ['readiness sft --calibration c.jsonl --draw 4', /--draw is for files of prompts: give --prompts too/],
    [
      'readiness sft --calibration c.jsonl --samples 4',
      /--samples is for answers to prompts: give --prompts or --rollouts/,
    ],
    ['readiness sft --prompts p.jsonl --lines 4', /--lines is for lines to teacher-force on: give --calibration or/],
    ['readiness sft --prompts p.jsonl --turns last', /--turns is for lines/],
    [
      'readiness --endpoint http://localhost:1 --model m --prompts p.jsonl --device cpu',
      /--device is for .* --endpoint/,
    ],
    ['readiness --rollouts r.jsonl --chat-template t.jinja', /--chat-template is for .* not for --rollouts/],
    [
      'readiness sft --prompts p.jsonl --grader exact --grader-timeout 9',
      /--grader-timeout belongs to --grader command/,
    ],
    ['readiness sft --prompts p.jsonl --no-verdict --min pass@1=0.5', /--min is a condition .* leave --no-verdict out/],
    ['readiness sft --prompts p.jsonl --overwrite', /--overwrite replaces what is written: give --out too/],
    ['diff base sft --samples 4', /--samples is for measuring on a calibration file: give --calibration too/],
    ['diff base sft --device cpu', /--device is for measuring/],
    ['diff base sft --overwrite', /--overwrite replaces what is written: give --record too/],
    ['compare-runs a b --overwrite', /--overwrite replaces what is written: give --out too/],
    ['sweep a --temperature 1', /--temperature is for answers that are sampled: give --prompts too/],
    ['sweep a --seeds 3', /--seeds is for random controls: give --controls random too/],
    ['sweep a --prompts p.jsonl --grader-timeout 9', /--grader-timeout belongs to --grader command/],
  ] as const) {
    it(`are refused: ${line}`, async () => {
      const message = await refusal(line);
      assert.match(message, said);
      assert.match(message, /(or leave it out|leave --no-verdict out)/);
    });
  }

  it('are thought of for every option of readiness', () => {
    const command = program().commands.find((each) => each.name() === 'readiness')!;
    const always = [
      ...['base', 'prompts', 'calibration', 'heldOut', 'seed', 'min', 'max', 'verdict', 'out', 'overwrite', 'json'],
      ...['endpoint', 'model', 'rollouts', 'baseRollouts'],
    ];
    // Those of a cluster are refused together, without --slurm.
    const own = command.options.filter(({ helpGroupHeading }) => helpGroupHeading !== slurmGroup);
    const names = own.map((option) => option.attributeName());
    assert.deepEqual([...names].sort(), [...always, ...dependentNames].sort());
  });
});
