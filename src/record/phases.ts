/** The steps of a run, in order, and `compare`, in which checkpoints are read side by side. */
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
] as const;

export type Phase = (typeof phases)[number];

export interface PhaseTime {
  readonly phase: Phase;
  readonly seconds: number;
}
