import type { SweepPoint, SweepRecord } from './sweepRecord.ts';

/* What a point of a sweep is told by: a key for programs, a name for people. Without the schema, which pages do not load. */

/** A text that two points share exactly when they are the same. */
export function pointKey({ alpha, rho, selection, seed, anchor }: SweepPoint): string {
  return JSON.stringify([alpha, rho, selection, seed, anchor]);
}

/** A text that two anchors share exactly when they are the same files. */
export function anchorKey({ folder, files }: SweepRecord['anchors'][number]): string {
  return JSON.stringify([folder, ...files.map(({ name, bytes, modified }) => [name, bytes, modified])]);
}

/** As {@link pointKey}, across sweeps whose anchors differ. */
export function pointKeyAmong(point: SweepPoint, { anchors }: Pick<SweepRecord, 'anchors'>): string {
  const anchor = point.anchor === null ? undefined : anchors[point.anchor];
  return `${pointKey({ ...point, anchor: null })}${anchor === undefined ? '' : anchorKey(anchor)}`;
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
