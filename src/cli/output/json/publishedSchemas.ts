import { z } from 'zod';
import {
  clusterCancellationDocument,
  clusterStatusDocument,
  clusterSubmissionDocument,
  planDocument,
  shardDocument,
} from './clusterDocuments.ts';
import {
  commitDocument,
  comparisonDocument,
  exportDocument,
  handoverDocument,
  machineDocument,
  overlapDocument,
  previewDocument,
  pushDocument,
  readinessDocument,
  recipeDocument,
  reportDocument,
  runDocument,
  sweepDocument,
  verificationDocument,
  watchedStepDocument,
} from './jsonDocuments.ts';

/** Every document that --json prints, with the commands that print it. */
export const jsonDocuments = [
  { document: previewDocument, commands: ['preview'] },
  { document: runDocument, commands: ['run', 'attribute', 'merge', 'show'] },
  { document: recipeDocument, commands: ['run RECIPE'] },
  { document: planDocument, commands: ['plan'] },
  { document: shardDocument, commands: ['attribute --shard'] },
  { document: clusterSubmissionDocument, commands: ['run --slurm', 'slurm resume'] },
  { document: clusterStatusDocument, commands: ['slurm status'] },
  { document: clusterCancellationDocument, commands: ['slurm cancel'] },
  { document: commitDocument, commands: ['commit'] },
  { document: verificationDocument, commands: ['verify'] },
  { document: sweepDocument, commands: ['sweep', 'show'] },
  { document: comparisonDocument, commands: ['diff', 'show'] },
  { document: overlapDocument, commands: ['compare-runs'] },
  { document: readinessDocument, commands: ['readiness', 'show'] },
  { document: watchedStepDocument, commands: ['watch'] },
  { document: reportDocument, commands: ['report'] },
  { document: exportDocument, commands: ['export'] },
  { document: handoverDocument, commands: ['handover'] },
  { document: pushDocument, commands: ['push'] },
  { document: machineDocument, commands: ['doctor'] },
] as const;

/** JSON Schemas of them all, by the names of their files in docs/schemas. */
export function publishedSchemas(): ReadonlyMap<string, unknown> {
  return new Map(
    jsonDocuments.map(({ document: { name, version, schema }, commands }) => [
      `${name}-${version}.schema.json`,
      {
        title: `${name} ${version}`,
        description: `What --json prints: ${commands.map((command) => `rejuvenate ${command}`).join(', ')}.`,
        ...z.toJSONSchema(schema, {
          // Fields may be added within a version.
          override: ({ jsonSchema }) => void delete jsonSchema.additionalProperties,
        }),
      },
    ]),
  );
}
