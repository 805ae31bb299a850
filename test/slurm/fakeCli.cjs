// Stands in for the command line in tests of runs on a cluster: `slurm` goes to the real one; `work FILE SHARD` takes some
// steps, keeps each, goes on from what it kept, and leaves FILE.SHARD; `join FILE COUNT` puts those together as FILE.
const { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');

const [, , command, file, argument] = process.argv;
const steps = Number(process.env.FAKE_STEPS ?? 5);

async function work(shard) {
  const kept = `${file}.${shard}.kept`;
  let stopped = false;
  process.on('SIGTERM', () => {
    stopped = true;
  });
  appendFileSync(`${file}.${shard}.pids`, `${process.pid}\n`);
  const done = existsSync(kept) ? readFileSync(kept, 'utf8').split('\n').length - 1 : 0;
  for (let step = done; step < steps; step++) {
    await sleep(100);
    if (existsSync(`${file}.${shard}.broken`)) {
      console.error(`the disk of shard ${shard} is broken`);
      process.exit(1);
    }
    if (stopped) process.exit(130);
    appendFileSync(kept, `shard ${shard} step ${step}\n`);
  }
  // The test lets it end when it has seen what it wanted.
  while (existsSync(`${file}.${shard}.hold`)) {
    if (stopped) process.exit(130);
    await sleep(50);
  }
  renameSync(kept, `${file}.${shard}`);
}

function join(count) {
  const parts = Array.from({ length: count }, (_, shard) => readFileSync(`${file}.${shard}`, 'utf8'));
  writeFileSync(`${file}.new`, parts.join(''));
  renameSync(`${file}.new`, file);
}

if (command === 'slurm') require(process.env.REJUVENATE_CLI);
else if (command === 'work') void work(argument);
else if (command === 'join') join(Number(argument));
else throw new Error(`no command ${command}`);
