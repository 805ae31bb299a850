import type { SweepPoint } from '../../record/sweep/sweepRecord.ts';
import type { Control } from '../../settings/sweepSettings.ts';

/* Which points a sweep measures, and in which order. */

export interface SweepGrid {
  readonly alphas: readonly number[];
  readonly rhos: readonly number[];
  readonly controls: readonly Control[];
  /** Random controls use the seeds 0 … seeds-1. */
  readonly seeds: number;
  /** Other checkpoints to fuse with and reset to. */
  readonly anchors: number;
}

/** All points of one alpha and one anchor. */
function* atAlpha(alpha: number, grid: SweepGrid, anchor: number | null): Generator<SweepPoint> {
  const { rhos, controls, seeds } = grid;
  const point = (rho: number, selection: SweepPoint['selection'], seed: number | null = null): SweepPoint => ({
    alpha,
    rho,
    selection,
    seed,
    anchor,
  });
  if (rhos.includes(0) || controls.includes('fusion')) yield point(0, 'none');
  const resetting = rhos.filter((rho) => rho > 0);
  for (const rho of resetting) yield point(rho, 'attribution');
  if (anchor !== null) return;
  if (controls.includes('drift')) for (const rho of resetting) yield point(rho, 'drift');
  if (!controls.includes('random')) return;
  for (let seed = 0; seed < seeds; seed++) for (const rho of resetting) yield point(rho, 'random', seed);
}

/**
 * The points: those anchored to the base first; of each anchor alpha after alpha, so that of two that follow each other
 * little has to be written anew. Controls with other neurons are of the base alone.
 */
export function plannedPoints(grid: SweepGrid): SweepPoint[] {
  const anchors = [null, ...Array.from({ length: grid.anchors }, (_, i) => i)];
  return anchors.flatMap((anchor) => grid.alphas.flatMap((alpha) => [...atAlpha(alpha, grid, anchor)]));
}
