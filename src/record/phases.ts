/** The steps of a run, in order, `compare`, in which checkpoints are read side by side, `spectrum`, in which singular values of changes are computed, `sweep`, in which points are measured, and `upload`, in which files are sent to the Hub. */
export const phases = [
  'load',
  'base entropy',
  'SFT entropy',
  'attribution',
  'rank',
  'fuse',
  'write',
  'check',
  'measure',
  'sample',
  'compare',
  'spectrum',
  'sweep',
  'upload',
] as const;

export type Phase = (typeof phases)[number];

export interface PhaseTime {
  readonly phase: Phase;
  readonly seconds: number;
}
