import { execFileSync } from 'node:child_process';
import { pythons } from '../python.ts';

/** A Python with what paper.py needs. */
export interface PyTorch {
  readonly python: string;
  readonly version: string;
  /** Whether it sees a GPU. */
  readonly cuda: boolean;
  /** The program's own path. */
  readonly program: string;
}

const question = `
import json, sys
import tokenizers, torch, transformers
print(json.dumps({"version": torch.__version__, "cuda": torch.cuda.is_available(), "program": sys.executable}))
`;

/** The first Python that has torch, transformers and tokenizers; undefined where none has. */
export function findPyTorch(): PyTorch | undefined {
  for (const python of pythons()) {
    try {
      const said = execFileSync(python, ['-c', question], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const found = JSON.parse(said.trim().split('\n').at(-1)!) as Omit<PyTorch, 'python'>;
      return { python, ...found };
    } catch {
      // The next one may have it.
    }
  }
  return undefined;
}
