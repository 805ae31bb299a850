import { InputError } from '../../errors.ts';
import { quotedPath } from './shown.ts';

/* Turns the operating system's errors on reading into sentences for the user. */

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder, not a file',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/** The operating system's error code, when `error` carries one. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Turns a failed read into a sentence about the path; what is no error of the operating system comes back as it is. */
export function readFault(error: unknown, path: string): unknown {
  const code = errorCode(error);
  if (code === undefined || error instanceof InputError) return error;
  return new InputError(`Cannot read ${quotedPath(path)}: ${reasons[code] ?? code}.`, { cause: error });
}
