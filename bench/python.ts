import { execFileSync } from 'node:child_process';

/** A Python that has some modules: `REJUVENATE_BENCH_PYTHON`, else `python3`. */
export function pythonWith(...modules: readonly string[]): string | undefined {
  const python = process.env['REJUVENATE_BENCH_PYTHON'] ?? 'python3';
  try {
    execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
    return python;
  } catch {
    return undefined;
  }
}
