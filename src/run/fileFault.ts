import { InputError } from '../errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EFBIG: 'the file system allows no file of this size',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/** The operating system's error code, when `error` carries one. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Turns an operating system error into a sentence about the path; anything else comes back as it is. */
export function fileFault(error: unknown, path: string, action: 'read' | 'write'): unknown {
  const code = errorCode(error);
  if (code === undefined || error instanceof InputError) return error;
  return new InputError(`Cannot ${action} "${path}": ${reasons[code] ?? code}.`, { cause: error });
}
