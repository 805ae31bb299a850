import { type Handover, paperSettings } from '../../run/handover/handover.ts';
import type { TrainerSource } from '../../run/handover/trainers.ts';
import { printable } from './printable.ts';
import { table } from './table.ts';

/* `rejuvenate handover` in words: what was checked, the commands, and where their arguments' names are from. */

const paper = `α ${paperSettings.alpha}, ρ ${paperSettings.rho}`;

const sourceLine = ({ url, version, read }: TrainerSource) => `  ${version}, read ${read}: ${url}`;

function madeSentence(made: Handover['made']): string {
  const rest =
    "The paper's settings of RL itself are not known to this program: what is not given below is the trainer's default.";
  if (made === undefined) return `It has no rejuvenation.json: not a committed checkpoint. ${rest}`;
  return `Rejuvenated with α ${made.alpha}, ρ ${made.rho} (the paper: ${paper}). ${rest}`;
}

/** Commands are quoted for the shell already, and printed as they are. */
export function handoverText({
  checkpoint,
  trainer,
  checks,
  made,
  readiness,
  conversion,
  command,
  notes,
}: Handover): string {
  const { source, label } = trainer;
  const warnings = checks.flatMap(({ warning }) => (warning === undefined ? [] : [`WARNING: ${printable(warning)}`]));
  return [
    `Checkpoint ${printable(checkpoint)}, to ${label}`,
    table(
      [{ head: 'checked' }, { head: 'found' }],
      checks.map(({ what, found }) => [what, found]),
    ),
    ...warnings,
    madeSentence(made),
    ...(readiness === undefined
      ? []
      : [
          [`Readiness of ${printable(readiness.name)}:`, ...readiness.notes.map((note) => `  ${printable(note)}`)].join(
            '\n',
          ),
        ]),
    ...(conversion === undefined ? [] : [`Convert first, in ${label}'s folder:\n\n${conversion}`]),
    `Start GRPO:\n\n${command}`,
    `Besides it needs ${trainer.besides}.`,
    ...notes.map(printable),
    ['Names of arguments:', ...[source, ...(trainer.modelSource ? [trainer.modelSource] : [])].map(sourceLine)].join(
      '\n',
    ),
  ].join('\n\n');
}
