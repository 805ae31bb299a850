import type { SweepPoint, SweepRecord } from './sweepRecord.ts';

/* What a point of a sweep is told by: a key for programs, a name for people. Without the schema, which pages do not load. */

/** A text that two points share exactly when they are the same. */
export function pointKey({ alpha, rho, selection, seed, anchor }: SweepPoint): string {
  return JSON.stringify([alpha, rho, selection, seed, anchor]);
}

/** Last part of an anchor's folder, a path of any system. Untrusted. */
export function anchorName({ folder }: SweepRecord['anchors'][number]): string {
  return folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder;
}

/** How the neurons of a point were chosen, and to what it is anchored. Untrusted. */
export function pointName({ selection, seed, anchor }: SweepPoint, { anchors }: Pick<SweepRecord, 'anchors'>): string {
  const name = {
    attribution: 'attribution',
    none: 'fusion only',
    random: `random, seed ${seed}`,
    drift: 'largest drift',
  }[selection];
  return anchor === null ? name : `${name}, anchor ${anchorName(anchors[anchor]!)}`;
}
