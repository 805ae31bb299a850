import { InputError } from '../../errors.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';

/** Checks that a record holds the ranks that a rho needs. @throws InputError when it does not */
export function checkRho(rho: number, { rhoMax }: RunRecord['settings']): void {
  if (!(rho >= 0 && rho <= 1)) throw new InputError(`rho is ${rho}, but must lie between 0 and 1.`);
  if (rho > rhoMax) {
    throw new InputError(
      `rho is ${rho}, but the record holds ranks up to rho-max ${rhoMax}: attribute again with a larger one.`,
    );
  }
}
