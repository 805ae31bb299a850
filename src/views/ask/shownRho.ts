/* Shares of all neurons as messages and lists show them. */

/** A share in percent, with two decimals: `0.93 %`. */
export function shownShare(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** A rho as people set it, in percent, with the fraction that the command line and records have beside it: `1 % (0.01)`. */
export function shownRho(rho: number): string {
  return `${Number((100 * rho).toPrecision(3))} % (${Number(rho.toPrecision(3))})`;
}
