import { InputError, RunError } from '../../errors.ts';
import { ChangedInput } from '../reading/fileIdentity.ts';

/* Errors on their way between threads and processes: by their class, since classes do not cross. */

export interface Fault {
  readonly type: 'fault';
  readonly kind: 'input' | 'changed' | 'run' | 'other';
  readonly message: string;
}

function kindOf(error: unknown): Fault['kind'] {
  if (error instanceof ChangedInput) return 'changed';
  if (error instanceof InputError) return 'input';
  return error instanceof RunError ? 'run' : 'other';
}

export function faultOf(error: unknown): Fault {
  return { type: 'fault', kind: kindOf(error), message: error instanceof Error ? error.message : String(error) };
}

/** The error that {@link faultOf} was given, without its cause. */
export function errorOf({ kind, message }: Fault): Error {
  switch (kind) {
    case 'changed':
      return ChangedInput.said(message);
    case 'input':
      return new InputError(message);
    case 'run':
      return new RunError(message);
    default:
      return new Error(message);
  }
}
