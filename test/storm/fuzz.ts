import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storm } from './format.ts';
import { untrustedFormats } from './formats.ts';

/*
 * Reads many inputs of every untrusted format: `node --import tsx test/storm/fuzz.ts [INPUTS] [SEED] [FORMAT]`. Prints a line a
 * format; exit code 1 where anything happened but reading and refusing.
 */

const [inputs = '10000', seed = String(Date.now() % 2 ** 31), only = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'storm-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

const columns = [20, 9, 9, 9, 7, 12, 10] as const;
const line = (cells: readonly (string | number)[]) =>
  console.log(
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(columns[i]!) : String(cell).padStart(columns[i]!))).join(''),
  );

console.log(`${inputs} inputs a format, seed ${seed}`);
line(['format', 'tried', 'refused', 'accepted', 'faults', 'slowest ms', 'peak MB']);
for (const format of await untrustedFormats(folder)) {
  if (!format.name.includes(only)) continue;
  const { name, tried, refused, accepted, faulty, faults, slowest } = await storm(format, Number(inputs), Number(seed));
  // Of the whole process, highest so far.
  const peak = Math.round(process.resourceUsage().maxRSS / 1000);
  line([name, tried, refused, accepted, faulty, slowest.toFixed(0), peak]);
  for (const fault of faults) console.log(`\n${fault}\n`);
  if (faulty > 0) process.exitCode = 1;
}
