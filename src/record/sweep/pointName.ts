import type { MeasuredPoint, SweepRecord } from './sweepRecord.ts';

/* What a sweep's points and anchors are called, in a terminal, in files and on pages. */

/** Last part of an anchor's folder, a path of any system. Untrusted. */
export function anchorName({ folder }: SweepRecord['anchors'][number]): string {
  return folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder;
}

/** How the neurons of a point were chosen, and to what it is anchored. Untrusted. */
export function pointName(
  { selection, seed, anchor }: MeasuredPoint,
  { anchors }: Pick<SweepRecord, 'anchors'>,
): string {
  const name = {
    attribution: 'attribution',
    none: 'fusion only',
    random: `random, seed ${seed}`,
    drift: 'largest drift',
  }[selection];
  return anchor === null ? name : `${name}, anchor ${anchorName(anchors[anchor]!)}`;
}
