import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { hangOnLines, hangOnLoading, ordinaryPrompt } from '../hangingTokenizer.ts';
import { checkpointFixtures } from '../paths.ts';
import { lives } from './lives.ts';
import { type Outcome, rejuvenate } from './rejuvenate.ts';

/** What a program prints; undefined when it fails. */
function output(program: string, ...args: string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** The tokenizing process of a command line. */
function tokenizerOf({ pid }: ChildProcess): number | undefined {
  const found = output('pgrep', '-P', String(pid), '-f', 'tokenizer.cjs');
  return found === undefined ? undefined : Number(found.split('\n')[0]);
}

/** Whether a process has computed for a second: more than starting and loading take. */
function atWork(pid: number): boolean {
  const [minutes, seconds] = (output('ps', '-o', 'time=', '-p', String(pid)) ?? '').split(':').slice(-2).map(Number);
  return 60 * minutes! + seconds! >= 1;
}

/** Longest time from signal to end, milliseconds: far less than a line may take, far more than is to be seen. */
const patience = 25_000;

describe('a tokenizer that hangs', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'hangs-')));
    for (const name of ['plain', 'hanging', 'loading']) {
      cpSync(join(checkpointFixtures, 'tiny-qwen3-tied'), at(name), { recursive: true });
    }
    for (const which of ['base', 'sft']) {
      hangOnLines(at(`hanging/${which}/tokenizer.json`));
      hangOnLoading(at(`loading/${which}/tokenizer.json`));
    }
    writeFileSync(at('pairs.jsonl'), `${JSON.stringify({ prompt: ordinaryPrompt, response: ' 9.' })}\n`);
    // JSON that takes long to parse: nothing can interrupt that from within its process.
    const parts = ['{"prompt": "a", "response": "b"'];
    for (let i = 0, length = 0; length < 66e6; i++) {
      const part = `,"k${i.toString(36)}":1`;
      parts.push(part);
      length += part.length;
    }
    writeFileSync(at('long.jsonl'), `${parts.join('')}}\n`);
    const { exitCode, stderr } = await rejuvenate([
      ...attribute('plain', join(checkpointFixtures, 'tiny-calibration.jsonl')),
    ]);
    assert.equal(exitCode, 0, stderr);
  });
  after(() => rmSync(folder, { recursive: true }));

  const inputs = (pair: string, calibration: string) => [
    ...['--base', at(`${pair}/base`), '--sft', at(`${pair}/sft`), '--calibration', calibration, '--device', 'cpu'],
  ];
  const attribute = (pair: string, calibration = at('pairs.jsonl')) => [
    ...['attribute', ...inputs(pair, calibration), '--record', at(`${pair}.rejuvenation.json`), '--top-n', '1'],
  ];

  /** Runs a command and does something once its tokenizer hangs. @returns also what took how long to end it, milliseconds */
  async function whileItHangs(
    args: readonly string[],
    act: (child: ChildProcess, tokenizer: number) => void,
  ): Promise<Outcome & { readonly took: number; readonly tokenizer: number }> {
    let child: ChildProcess | undefined;
    const onStart = (started: ChildProcess) => {
      child = started;
    };
    const running = rejuvenate(args, undefined, { onStart });
    let ended = false;
    void running.finally(() => {
      ended = true;
    });
    for (;;) {
      assert.ok(!ended, `it ended by itself: ${ended && (await running).stderr}`);
      const tokenizer = tokenizerOf(child!);
      if (tokenizer !== undefined && atWork(tokenizer)) {
        const since = performance.now();
        act(child!, tokenizer);
        const timer = global.setTimeout(() => child!.kill('SIGKILL'), 60_000);
        const outcome = await running;
        clearTimeout(timer);
        return { ...outcome, took: performance.now() - since, tokenizer };
      }
      await setTimeout(50);
    }
  }

  async function gone(pid: number): Promise<void> {
    while (lives(pid)) await setTimeout(50);
  }

  const commands: readonly (readonly [string, () => readonly string[], RegExp])[] = [
    ['attribute', () => attribute('hanging'), /Interrupted\. What was finished is kept/],
    ['run', () => ['run', ...inputs('hanging', at('pairs.jsonl')), '--out', at('out')], /Interrupted\./],
    ['attribute on a line of 66 MB', () => attribute('plain', at('long.jsonl')).concat('--overwrite'), /Interrupted\./],
    [
      'verify',
      () => ['verify', at('plain.rejuvenation.json'), at('loading/sft'), '--device', 'cpu'],
      /Interrupted\. Nothing was saved\./,
    ],
    [
      'diff',
      () => [
        ...['diff', at('hanging/base'), at('hanging/sft'), '--calibration', at('pairs.jsonl'), '--device', 'cpu'],
        ...['--record', at('a.comparison.json')],
      ],
      /Interrupted\. Nothing was written/,
    ],
  ];
  for (const [name, args, said] of commands) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`${name}: answers ${signal}`, async () => {
        const before = readdirSync(folder);
        const { exitCode, stderr, stdout, took, tokenizer } = await whileItHangs(args(), (child) => child.kill(signal));
        assert.equal(exitCode, 130, stderr);
        assert.match(stderr, said);
        assert.equal(stdout, '');
        assert.ok(took < patience, `it took ${took} ms`);
        await gone(tokenizer);
        assert.deepEqual(readdirSync(folder), before);
      });
    }
  }

  it('answers Ctrl-C in a terminal, which reaches every process', async () => {
    const { exitCode, stderr } = await whileItHangs(attribute('hanging'), (child, tokenizer) => {
      process.kill(tokenizer, 'SIGINT');
      child.kill('SIGINT');
    });
    assert.equal(exitCode, 130, stderr);
    assert.match(stderr, /Interrupted\. What was finished is kept/);
  });

  it('ends with a command line that is killed', async () => {
    const { exitCode, tokenizer } = await whileItHangs(attribute('hanging'), (child) => child.kill('SIGKILL'));
    assert.equal(exitCode, null);
    await gone(tokenizer);
  });

  it('fails the command with a sentence when it is killed itself', async () => {
    const { exitCode, stderr } = await whileItHangs(attribute('hanging'), (_, tokenizer) =>
      process.kill(tokenizer, 'SIGKILL'),
    );
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: The process that tokenises was ended by signal SIGKILL\. .*memory/m);
    assert.ok(!existsSync(at('hanging.rejuvenation.json')));
  });
});
