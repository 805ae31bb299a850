import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { quotedPath, shownReason } from '../../files/reading/shown.ts';
import { parseStrictJson } from '../../files/reading/strictJson.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';

/* The plan of a run on a cluster, `run.json` in its folder: written before anything is submitted, and never changed. */

const kind = { what: 'the plan of a run on a cluster', maxBytes: 64e6 };
const mostTasks = 100_000;
const words = z.array(z.string()).readonly();

const proofSchema = z.object({
  /** A file; it proves that its task is done. Absolute, or relative to the run's folder. */
  path: z.string(),
  /** What had the name when the run was submitted: that file proves nothing. */
  before: z.string().optional(),
  /** The task's own command makes no such file: it is made when the command has ended well. */
  marker: z.boolean().optional(),
});

const phaseSchema = z.object({
  name: z.string().regex(/^[a-z]{1,20}$/),
  /** Phases that must be done before. */
  after: words,
  /** Its tasks run models, and get GPUs. */
  model: z.boolean(),
  /** The command of the command line that all its tasks have in common, without its program. */
  command: words,
  tasks: z
    .array(
      z.object({
        /** What the task adds to the command. */
        words,
        proof: proofSchema,
      }),
    )
    .min(1)
    .max(mostTasks)
    .readonly(),
});

const settingsSchema = z.object({
  partition: z.string().optional(),
  account: z.string().optional(),
  qos: z.string().optional(),
  time: z.string().optional(),
  gpusPerTask: z.string().optional(),
  cpusPerTask: z.number().int().positive().optional(),
  mem: z.string().optional(),
  constraint: z.string().optional(),
  arrayLimit: z.number().int().positive().optional(),
  parallel: z.number().int().positive().optional(),
  sbatchArgs: words,
  setup: words,
});

const planSchema = z.object({
  schema: z.literal('rejuvenation-cluster-run'),
  version: z.literal(1),
  /** In its jobs' names. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  /** The version of the program that made it. */
  program: z.string(),
  created: z.string(),
  /** The command that the user gave, such as `run`. */
  command: z.string(),
  /** Where relative paths of the commands begin. */
  cwd: z.string(),
  node: z.string(),
  environment: z.record(z.string().regex(/^[A-Z_]+$/), z.string()),
  cli: z.string(),
  settings: settingsSchema,
  /** Tasks of one job array at most. */
  arrayLimit: z.number().int().positive(),
  phases: z.array(phaseSchema).min(1).max(20).readonly(),
  /** What comes of it, for messages and for who opens it. */
  outputs: z.object({ record: z.string().optional(), checkpoint: z.string().optional() }),
});

export type ClusterPlan = z.infer<typeof planSchema>;
export type ClusterPhase = ClusterPlan['phases'][number];
export type ClusterTask = ClusterPhase['tasks'][number];
export type Proof = z.infer<typeof proofSchema>;

/** A plan and where it lies. */
export interface ClusterRun {
  /** Absolute. */
  readonly folder: string;
  readonly plan: ClusterPlan;
}

const planPath = (folder: string) => join(folder, 'run.json');

/** Whether the folder holds a run on a cluster. */
export function holdsRun(folder: string): Promise<boolean> {
  return exists(planPath(folder));
}

/** @throws InputError when the folder holds none, or it is damaged */
export async function readRun(folder: string): Promise<ClusterRun> {
  const path = planPath(folder);
  if (!(await exists(path))) {
    throw new InputError(`${quotedPath(folder)} is not the folder of a run on a cluster: it has no run.json.`);
  }
  return { folder, plan: parseAs(planSchema, await readTextFile(path, kind), path) };
}

/** Writes the plan. @throws InputError when it cannot be written */
export async function writeRun({ folder, plan }: ClusterRun): Promise<void> {
  await writeFileWhole(planPath(folder), Buffer.from(`${JSON.stringify(plan, null, 1)}\n`), false);
}

/** A file's JSON, held to a schema. @throws InputError saying where it is something else */
export function parseAs<Content>(schema: z.ZodType<Content>, text: string, path: string): Content {
  const parsed = schema.safeParse(parseStrictJson(text, quotedPath(path)));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = shownReason(issue.path.map(String).join('.')) || 'the whole file';
  throw new InputError(
    `${quotedPath(path)} is not what this program wrote: at ${where}: ${shownReason(issue.message)}.`,
  );
}
