import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import type { reporters } from 'mocha';
import { hostVariables } from './variables.ts';

/** Mocha's report goes to a file where the runner asks for it: the window's console also holds VS Code's own lines. */
function reportTo(file: string, base: typeof reporters.Base): void {
  base.consoleLog = (...args: unknown[]) => appendFileSync(file, `${format(...args)}\n`);
}

/** Called by VS Code in its extension host: runs every test file beside this one. */
export async function run(): Promise<void> {
  const { report, grep, color } = hostVariables();
  const { default: Mocha } = await import('mocha');
  if (report !== undefined) reportTo(report, Mocha.reporters.Base);
  const mocha = new Mocha({ ui: 'bdd', timeout: 300_000, color, ...(grep !== undefined && { grep }) });
  for (const file of readdirSync(__dirname).sort())
    if (file.endsWith('.test.cjs')) mocha.addFile(join(__dirname, file));
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} failed`);
}
