import type { AgentTool } from './agentTool.ts';
import { commitCheckpoint } from './tools/commitCheckpoint.ts';
import { compareCheckpointsTool } from './tools/compareCheckpoints.ts';
import { compareRunsTool } from './tools/compareRuns.ts';
import { cancelJob, followJob } from './tools/followJob.ts';
import { inspectPair } from './tools/inspectPair.ts';
import { measurePointTool } from './tools/measurePoint.ts';
import { previewReset } from './tools/previewReset.ts';
import { readRecordTool } from './tools/readRecord.ts';
import { startRun } from './tools/startRun.ts';

/** The tools for agents, in the order in which they are used: the same for MCP and VS Code. */
export const agentTools: readonly AgentTool[] = [
  inspectPair,
  startRun,
  followJob,
  cancelJob,
  readRecordTool,
  previewReset,
  measurePointTool,
  compareCheckpointsTool,
  compareRunsTool,
  commitCheckpoint,
];
