import type { PhaseTime } from '../../src/record/phases.ts';
import { agreementText } from './agreement.ts';
import { gigabytes, markdownTable, seconds } from './markdown.ts';
import type { MeasuredSize, PaperSide } from './measureSize.ts';

/** Seconds of some phases together; undefined where none of them was timed. */
function sumOf(times: readonly PhaseTime[], names: readonly string[]): number | undefined {
  const found = times.filter(({ phase }) => names.includes(phase));
  return found.length === 0 ? undefined : found.reduce((sum, each) => sum + each.seconds, 0);
}

/** Rows of the comparison: what both sides do, by the names of their phases. */
const rows = [
  { what: 'reading inputs, tokens', phases: ['load'] },
  { what: 'base: loading, entropies', phases: ['base entropy'] },
  { what: 'SFT: loading, entropies', phases: ['SFT entropy'] },
  { what: 'attribution, ranking, record', phases: ['attribution', 'rank'] },
  { what: 'fusion, reset, writing', phases: ['fuse', 'write'] },
  { what: 'hashing, reading back', phases: ['check'] },
] as const;

/** PyTorch's time over ours. */
function ratio(ours: number | undefined, theirs: number | undefined): string {
  return ours === undefined || theirs === undefined || ours === 0 ? '–' : `${(theirs / ours).toFixed(2)}×`;
}

function paperTimes({ seconds: found }: PaperSide): readonly PhaseTime[] {
  return Object.entries(found ?? {}).map(([phase, each]) => ({ phase, seconds: each }) as PhaseTime);
}

const most = (values: readonly (number | undefined)[]) =>
  values.some((value) => value === undefined) ? undefined : Math.max(...(values as number[]));

/** Both sides by phase, with their memory, and whether they found the same; a line where PyTorch did not run. */
export function comparisonText({ name, paper, attribute, commit, record }: MeasuredSize): string {
  if (paper.length === 0) return `**${name}**: PyTorch did not run.`;
  const committed = record?.checkpoints.at(-1)?.phases ?? [];
  const ours = [...(record?.run.phases ?? []), ...committed];
  const steps = [attribute, commit].filter((step) => step !== undefined);
  const done = steps.length === 2 && steps.every(({ failure }) => failure === undefined);
  const theirs = paper.map((each) => ({ ...each, times: paperTimes(each) }));
  const all = rows.flatMap(({ phases }) => phases);
  const total = (times: readonly PhaseTime[], complete: boolean) => (complete ? sumOf(times, all) : undefined);
  const line = (what: string, own: number | undefined, each: (side: (typeof theirs)[number]) => number | undefined) => [
    what,
    seconds(own),
    ...theirs.flatMap((other) => [seconds(each(other)), ratio(own, each(other))]),
  ];
  const memory = (what: string, of: 'hostBytes' | 'gpuBytes') => [
    what,
    gigabytes(most(steps.map((step) => step[of]))),
    ...theirs.flatMap(({ step }) => [gigabytes(step[of]), '']),
  ];
  const table = markdownTable(
    [name, 'Rejuvenation Inspector', ...paper.flatMap(({ type }) => [`PyTorch, ${type}`, 'PyTorch / ours'])],
    [
      ...rows.map(({ what, phases }) => line(what, sumOf(ours, phases), ({ times }) => sumOf(times, phases))),
      line('all of these', total(ours, done), ({ times, seconds: found }) => total(times, found !== undefined)),
      line(
        'whole processes',
        done ? steps.reduce((sum, step) => sum + step.seconds, 0) : undefined,
        ({ step, seconds: found }) => (found === undefined ? undefined : step.seconds),
      ),
      memory('host memory at most', 'hostBytes'),
      memory('GPU memory at most', 'gpuBytes'),
    ],
  );
  const found = paper.map(({ type, agreement, step }) => {
    if (step.failure !== undefined) return `- ${type}: failed, ${step.failure}`;
    return `- ${type}: ${agreement === undefined ? 'nothing of ours to compare with' : agreementText(agreement)}`;
  });
  return `${table}\n\n${found.join('\n')}`;
}
