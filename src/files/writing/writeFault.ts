import { InputError } from '../../errors.ts';
import { errorCode } from '../reading/fileFault.ts';

/* Turns the operating system's errors on writing into sentences for the user. */

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'something else has its name',
  EISDIR: 'it is a folder',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file system allows no file of this size',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/** Turns a failed write into a sentence about the path; what is no error of the operating system comes back as it is. */
export function writeFault(error: unknown, path: string): unknown {
  const code = errorCode(error);
  if (code === undefined || error instanceof InputError) return error;
  return new InputError(`Cannot write "${path}": ${reasons[code] ?? code}.`, { cause: error });
}
