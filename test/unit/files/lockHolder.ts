import { appendFileSync, existsSync, unlinkSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Lock } from '../../../src/files/locks/lock.ts';

/*
 * `lockHolder.ts LOCK long|short TIMES`: takes a lock so many times, and while it has it, is the only one to have a file
 * beside it; what it finds otherwise it writes to `LOCK-clashes`. `hold` for the times: takes it, says so, and waits.
 */

const [path, kind, times] = process.argv.slice(2) as [string, string, string];
const options = { what: 'The test', work: 'another holder', long: kind === 'long' };

if (times === 'hold') {
  await Lock.acquire(path, options);
  process.stdout.write('held\n');
  await setTimeout(60_000);
}
for (let i = 0; i < Number(times); i++) {
  await Lock.during(path, options, async () => {
    const inside = `${path}-inside`;
    if (existsSync(inside)) appendFileSync(`${path}-clashes`, 'two at once\n');
    writeFileSync(inside, '');
    await setTimeout(2);
    unlinkSync(inside);
    appendFileSync(`${path}-turns`, '.');
  });
}
