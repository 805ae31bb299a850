import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../../../src/cli/commands/program.ts';
import { failureOf } from '../../../src/cli/output/failure.ts';
import type { ReadinessRecord } from '../../../src/record/readiness/readinessRecord.ts';
import { fakeSource } from '../comparison/readiness/fakeSource.ts';
import { base, context, right, sft, usingReadiness } from '../comparison/readiness/usingReadiness.ts';

/* `rejuvenate readiness` by a made-up source of rollouts: what it prints, and its exit codes. */

describe('readiness on the command line', () => {
  const made = usingReadiness();

  it('prints tables and what they mean, and ends with exit code 3 when not ready', async () => {
    let printed = '';
    const fake = fakeSource({ right });
    const run = async (...args: string[]): Promise<number> => {
      printed = '';
      const told = {
        ...context(),
        print: (text: string) => {
          printed += text;
        },
        say: () => {},
        openRollouts: fake.open,
      };
      const program = buildProgram(told, () => assert.fail('devices were probed'));
      const argv = [
        'readiness',
        sft,
        '--base',
        base,
        '--prompts',
        join(made.folder, 'prompts.jsonl'),
        '--samples',
        '8',
        ...args,
      ];
      try {
        await program.parseAsync(argv, { from: 'user' });
        return 0;
      } catch (error) {
        const { exitCode, message } = failureOf(error, false);
        printed += `\n${message}`;
        return exitCode;
      }
    };
    assert.equal(await run('--out', made.out), 3);
    assert.match(printed, /│ sampled, T = 1 +│ +Pass@1 │ +Pass@4 │ +Pass@8 │/);
    assert.match(printed, /│ sft +│ 0\.333 \[0\.000, 0\.667\] │/);
    assert.match(printed, /2 \/ 1 = 2\.00/);
    assert.match(printed, /sft: not ready \(dead@8 at most 0\.5: 1\.000, not met\)/);
    assert.match(printed, /dead@8 at most 0\.5\. From: arXiv 2606\.18487/);
    assert.match(printed, /95 % bootstrap interval over prompts/);
    assert.match(printed, /Not ready: sft\.$/);
    const text = printed.slice(0, printed.lastIndexOf('\n'));
    printed = '';
    const shown = buildProgram({ ...context(), print: (line) => (printed += line), say: () => {} }, () =>
      assert.fail('devices were probed'),
    );
    await shown.parseAsync(['show', made.out], { from: 'user' });
    assert.equal(printed, text);
    assert.equal(await run('--max', 'dead@8=1', '--min', 'pass@1=0.2', '--json'), 0);
    const { rows } = JSON.parse(printed) as ReadinessRecord;
    assert.deepEqual(rows[1]!.outcomes[0], { value: 1 / 3, met: true, close: true });
    assert.equal(await run('--no-verdict'), 0);
    assert.equal(await run('--min', 'pass@16=0.2'), 2);
    assert.match(printed, /give --samples 16/);
    assert.equal(await run('--temperature', '0', '--max', 'dead@8=1'), 2);
    assert.match(printed, /give a --temperature above 0/);
    assert.equal(await run('--temperature', '0'), 0);
    assert.equal(await run('--grader', 'regex'), 2);
    assert.match(printed, /--grader regex needs --grader-pattern/);
    assert.equal(await run('--no-verdict', '--grader', 'regex', '--grader-pattern', 'boxed\\{(\\d+)'), 0);
    const counts = JSON.parse(readFileSync(made.out, 'utf8')).rows[1].sampled[0].counts;
    assert.equal(counts.length, 6);
    assert.equal(await run('--no-verdict', '--grader', 'command', '--grader-command', '["node"'), 2);
    const script =
      "process.stdin.on('data', (c) => console.log(String(c).trim().split('\\n').map(() => '{\"correct\": true}').join('\\n')))";
    const command = JSON.stringify([process.execPath, '-e', script]);
    assert.equal(await run('--no-verdict', '--json', '--grader', 'command', '--grader-command', command), 0, printed);
    assert.equal((JSON.parse(printed) as ReadinessRecord).rows[1]!.sampled[0]!.passAtK[0]!.value, 1);
  });

  it('refuses --stop where the engine samples, before it teacher-forces for hours', async () => {
    const program = buildProgram({ ...context(), print: () => {}, say: () => {} }, () =>
      assert.fail('devices were probed'),
    );
    const prompts = join(made.folder, 'prompts.jsonl');
    await assert.rejects(
      program.parseAsync(['readiness', sft, '--prompts', prompts, '--calibration', prompts, '--stop', 'END'], {
        from: 'user',
      }),
      { name: 'InputError', message: /stop tokens alone, not at texts: leave --stop out/ },
    );
  });
});
