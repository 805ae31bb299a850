/*
 * Where work that was asked for in VS Code runs: on this machine, on a Slurm cluster, or, where that was set and there is no way
 * to, here after a question. Knows no VS Code.
 */

/** What `rejuvenation.runOn` may be. */
export type RunOn = 'here' | 'slurm';

/** Work for which the command line has `--slurm`. */
export type ClusterWork = 'attribution' | 'commit' | 'readiness' | 'sweep' | 'verification';

/** Work that runs models and has no such way. */
export type LocalWork = 'agent' | 'comparison' | 'explanation' | 'point' | 'recipe' | 'resumption' | 'sample';

const onCluster: ReadonlySet<ClusterWork | LocalWork> = new Set<ClusterWork>([
  ...(['attribution', 'commit', 'readiness', 'sweep', 'verification'] as const),
]);

/**
 * @param runsModels it runs models on the machine that it runs on, or reads and writes all weights; what asks a server, or reads
 *   files that are there, runs here in any case
 */
export function placeOf(work: ClusterWork | LocalWork, runOn: RunOn, runsModels: boolean): 'here' | 'slurm' | 'ask' {
  if (runOn === 'here' || !runsModels) return 'here';
  return onCluster.has(work) ? 'slurm' : 'ask';
}

/** Work that has no way to a cluster, for the question. */
export const localWorkNames: Readonly<Record<LocalWork, string>> = {
  agent: 'An agent asked for work that runs models or writes weights',
  comparison: 'Comparing checkpoints on a calibration runs them',
  explanation: 'Looking into tokens runs a checkpoint',
  point: 'Measuring without committing writes and runs a checkpoint',
  recipe: 'This recipe has no section "slurm", and runs models',
  resumption: 'This run was begun on this machine, and goes on here',
  sample: 'The sample is a run of its own',
};
