import { InputError } from '../../../errors.ts';
import { recordSuffix } from '../../../record/run/recordPaths.ts';

/** Where a run's record goes that was given no place: beside its checkpoint. @throws InputError where that has no name */
export function defaultRecord(out: string): string {
  const name = out.replace(/[/\\]+$/, '');
  if (name === '' || /(^|[/\\])\.\.?$/.test(name)) {
    throw new InputError(`The record cannot be named after --out "${out}": pass --record NAME${recordSuffix}.`);
  }
  return `${name}${recordSuffix}`;
}
