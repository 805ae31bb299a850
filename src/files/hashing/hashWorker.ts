import { parentPort } from 'node:worker_threads';
import { InputError, RunError } from '../../errors.ts';
import { ChangedInput } from '../reading/fileIdentity.ts';
import { hashInput } from '../reading/readInput.ts';
import type { HashAnswer, HashRequest } from './hashMessages.ts';

/* What runs in a thread that hashes: answers request after request, until it is terminated. */

function kindOf(error: unknown): Extract<HashAnswer, { type: 'fault' }>['kind'] {
  if (error instanceof ChangedInput) return 'changed';
  if (error instanceof InputError) return 'input';
  return error instanceof RunError ? 'run' : 'other';
}

async function answerTo({ path, kind }: HashRequest): Promise<HashAnswer> {
  try {
    return { type: 'hashed', hashed: await hashInput(path, kind) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { type: 'fault', kind: kindOf(error), message };
  }
}

// Its starter sends a request once the one before is answered.
parentPort!.on('message', async (request: HashRequest) => parentPort!.postMessage(await answerTo(request)));
