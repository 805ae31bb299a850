import { z } from 'zod';
import { planSchema } from '../../../record/run/runRecord.ts';
import { shardKinds, shardPhases } from '../../../run/shards/shardPlace.ts';
import { devices } from '../../../settings/devices.ts';
import { jsonDocument } from './jsonDocument.ts';

/* The documents of runs that are planned, or worked off by several processes or a cluster. */

const text = z.string();
const count = z.int().nonnegative();
const amount = z.number().nonnegative();

/** `plan`. */
export const planDocument = jsonDocument('rejuvenation-plan', 1, {
  device: z.enum(devices),
  ...{ samples: count, tokens: count, responseTokens: count, targets: count, neurons: count },
  /** Of each process. */
  memoryBytes: amount,
  phases: z.array(z.object({ phase: z.enum(shardPhases), plan: planSchema })),
  ways: z.array(
    z.object({
      nodes: count,
      /** Of a node. */
      gpus: count,
      phases: z.array(
        z.object({
          phase: z.enum(shardPhases),
          samples: count,
          ...{ weightPasses: amount, flops: amount, bytes: amount, seconds: amount },
        }),
      ),
      seconds: amount,
    }),
  ),
  ...{ inputBytes: amount, partialBytes: amount, outputBytes: amount },
  /** FLOP a second; `measured`: by a record, and not assumed. */
  rates: z.object({ measuring: amount, attribution: amount, measured: z.boolean() }),
  notes: z.array(text),
});

/** `--shard` of `attribute`, `verify`, `readiness`, `sweep`; samples are prompts or points of the latter two's. */
export const shardDocument = jsonDocument('rejuvenation-shard', 1, {
  shard: z.object({ index: count, count }),
  parts: z.array(z.object({ phase: z.enum(shardKinds), path: text, samples: count, before: z.boolean() })),
  /** Why it could not be attributed yet. */
  waits: text.optional(),
});

/** `commit --shard`. */
export const commitPartDocument = jsonDocument('rejuvenation-commit-part', 1, {
  /** Where the part lies. */
  partial: text,
  /** Weight files in it. */
  files: z.array(z.object({ name: text, bytes: count, sha256: text })),
});

const task = z.object({
  index: count,
  state: z.enum(['done', 'running', 'queued', 'failed', 'missing']),
  failures: count,
  job: text.optional(),
  node: text.optional(),
  reason: text.optional(),
});

/** `slurm status`. */
export const clusterStatusDocument = jsonDocument('rejuvenation-cluster-status', 1, {
  run: text,
  id: text,
  command: text,
  state: z.enum(['done', 'running', 'queued', 'stopped', 'failed', 'cancelled']),
  outputs: z.object({ record: text.optional(), checkpoint: text.optional() }),
  /** Why it failed, with the last lines of the log; null where it did not. */
  failure: text.nullable(),
  /** The job that submits again what is lost, once all others have ended; null where there is none. */
  resume: text.nullable(),
  phases: z.array(z.object({ name: text, tasks: z.array(task) })),
});

/** A command with `--slurm`, `slurm resume`. */
export const clusterSubmissionDocument = jsonDocument('rejuvenation-cluster-submission', 1, {
  run: text,
  id: text,
  submitted: z.array(z.object({ phase: text, tasks: count, jobs: z.array(text) })),
  /** The job that submits again what is lost, where one was submitted. */
  resume: text.nullable(),
});

/** `slurm cancel`. */
export const clusterCancellationDocument = jsonDocument('rejuvenation-cluster-cancellation', 1, {
  run: text,
  id: text,
  /** Tasks. */
  cancelled: count,
});
