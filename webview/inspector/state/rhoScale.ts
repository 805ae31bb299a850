/* The scale of the rho slider: which rho each of its positions stands for. */

/** Ends of the slider; a record that kept fewer ranks, or ran at a smaller rho, moves them. */
const usual = { min: 0.0005, max: 0.04 } as const;
/** Positions of the slider: one is 1.1 % of rho between the usual ends. */
export const rhoSteps = 400;

export interface RhoRange {
  readonly min: number;
  readonly max: number;
  /** Largest rho that can be entered: ranks are kept up to here. */
  readonly limit: number;
}

export function rhoRange({ rho, rhoMax }: { readonly rho: number; readonly rhoMax: number }): RhoRange {
  const max = Math.min(Math.max(usual.max, rho), rhoMax);
  return { min: Math.min(usual.min, rho, max / 2), max, limit: rhoMax };
}

/** Three significant digits: what is shown is what is used. */
export function roundRho(rho: number): number {
  return Number(rho.toPrecision(3));
}

/** The rho at a position 0…{@link rhoSteps}, on a logarithmic scale. */
export function rhoAt(position: number, { min, max }: RhoRange): number {
  const rho = min * (max / min) ** (position / rhoSteps);
  return Math.min(Math.max(roundRho(rho), min), max);
}

/** The nearest position of a rho, cut to the slider's ends. */
export function positionOf(rho: number, { min, max }: RhoRange): number {
  const position = (rhoSteps * Math.log(rho / min)) / Math.log(max / min);
  return Math.min(Math.max(Math.round(position), 0), rhoSteps);
}
