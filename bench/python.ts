import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Pythons to ask: `REJUVENATE_BENCH_PYTHON` alone where it is set, else the active environment's, `python3`, `python`. */
export function pythons(): readonly string[] {
  const { REJUVENATE_BENCH_PYTHON: chosen, VIRTUAL_ENV: active } = process.env as Readonly<
    Record<string, string | undefined>
  >;
  if (chosen !== undefined) return [chosen];
  return [...(active === undefined ? [] : [join(active, 'bin', 'python3')]), 'python3', 'python'];
}

/** A Python that has some modules. */
export function pythonWith(...modules: readonly string[]): string | undefined {
  return pythons().find((python) => {
    try {
      execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
