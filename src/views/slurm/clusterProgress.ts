import type { RunStatus } from '../../cluster/status/runStatus.ts';
import type { Phase } from '../../record/phases.ts';
import type { OnRunEvent } from '../../run/progress/runEvents.ts';

/* How far a run on a cluster is, as events of a run on this machine. Knows no VS Code. */

/** What a phase of the cluster is called everywhere else. */
const phases: Readonly<Record<string, Phase>> = {
  base: 'base entropy',
  sft: 'SFT entropy',
  attribution: 'attribution',
  merge: 'rank',
  commit: 'write',
  check: 'check',
  measure: 'measure',
  verify: 'measure',
  sweep: 'sweep',
  readiness: 'sample',
};

/** Tells of the first phase that is not done: how many of its tasks are. */
export function clusterProgress(onEvent: OnRunEvent): (status: RunStatus) => void {
  let last: string | undefined;
  return ({ phases: seen }) => {
    const at = seen.find(({ tasks }) => tasks.some(({ state }) => state !== 'done'));
    if (at === undefined) return;
    const phase = phases[at.name] ?? 'measure';
    if (at.name !== last) onEvent({ type: 'phase', phase });
    last = at.name;
    const done = at.tasks.filter(({ state }) => state === 'done').length;
    onEvent({ type: 'progress', phase, done, total: at.tasks.length, unit: 'steps' });
  };
}
