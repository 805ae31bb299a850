/* What a user may ask of Slurm for a run, as Slurm spells it. */

/** Tasks of a phase where nobody says how many. */
export const usualShards = 4;

/** Resources and limits; what is undefined is left to the cluster's own defaults. */
export interface SlurmSettings {
  readonly partition?: string | undefined;
  readonly account?: string | undefined;
  readonly qos?: string | undefined;
  /** Time limit of a task, as `sbatch --time`. */
  readonly time?: string | undefined;
  /** Of tasks that run models; merging and writing need none. */
  readonly gpusPerTask?: string | undefined;
  readonly cpusPerTask?: number | undefined;
  readonly mem?: string | undefined;
  readonly constraint?: string | undefined;
  /** Tasks of one job array at most; undefined: what the cluster allows. */
  readonly arrayLimit?: number | undefined;
  /** Further arguments of `sbatch`, a word each, after all others. */
  readonly sbatchArgs: readonly string[];
  /** Tasks of a phase that run at once; undefined: as many as the cluster has room for. */
  readonly parallel?: number | undefined;
  /** Lines of shell that each task's script runs first, such as `module load cuda`. */
  readonly setup: readonly string[];
}
