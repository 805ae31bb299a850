import { spawnSync } from 'node:child_process';

/** The Python that tests of the Python package use, where there is one. */

/** What names the interpreter; without it, `python3` is tried. */
export const pythonVariable = 'REJUVENATE_PYTHON';

/** The interpreter, or in a sentence what is missing for it. */
export function findPython(): { readonly python: string } | { readonly missing: string } {
  const python = process.env[pythonVariable] ?? 'python3';
  const { status } = spawnSync(
    python,
    ['-c', 'import sys, numpy, safetensors.numpy; assert sys.version_info >= (3, 10)'],
    {
      stdio: 'ignore',
    },
  );
  if (status === 0) return { python };
  return {
    missing: `"${python}" is no Python 3.10 or newer with numpy and safetensors; ${pythonVariable} names another interpreter`,
  };
}
