import { codeBlock, inlineCode, markdownText } from '../card/markdown.ts';
import { type Handover, paperSettings } from './handover.ts';
import type { TrainerSource } from './trainers.ts';

/* A hand-over as a Markdown document: what was checked, the commands to copy, where their arguments' names are from. */

const paper = `α ${paperSettings.alpha}, ρ ${paperSettings.rho}`;

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function sourceText({ url, version, read }: TrainerSource): string {
  // An address, and what else is to be looked at, in words.
  const [, address = '', rest = ''] = /^(\S+?)(, .*)?$/s.exec(url) ?? [];
  return `${markdownText(version)}, read ${read}: <${address}>${markdownText(rest)}`;
}

/** Commands are quoted for a POSIX shell already, and stand as they are; what else is untrusted is text, never markup. */
export function handoverDocument(handover: Handover): string {
  const { checkpoint, trainer, checks, made, readiness, conversion, command, notes } = handover;
  const { label, source, modelSource, besides } = trainer;
  const warnings = checks.flatMap(({ warning }) => (warning === undefined ? [] : [`**${markdownText(warning)}**`]));
  const rejuvenated =
    made === undefined
      ? 'It has no `rejuvenation.json`: not a committed checkpoint.'
      : `Rejuvenated with α ${made.alpha}, ρ ${made.rho} (the paper: ${paper}).`;
  return `${[
    `# To ${label}`,
    `${inlineCode(checkpoint)}\n\n${rejuvenated} The paper's settings of RL itself are not known to this program: what is not given below is the trainer's default.`,
    '## Start GRPO',
    ...(conversion === undefined ? [] : [`Convert first, in ${label}'s folder:`, codeBlock(conversion, 'sh'), 'Then:']),
    codeBlock(command, 'sh'),
    `Besides it needs ${markdownText(besides)}.`,
    ...notes.map(markdownText),
    ...(readiness === undefined
      ? ['No readiness record was given: group size, temperature and longest answer are those of the trainer.']
      : [`## Readiness of ${markdownText(readiness.name)}`, list(readiness.notes.map(markdownText))]),
    '## Checked',
    list(checks.map(({ what, found }) => `${what}: ${markdownText(found)}`)),
    ...warnings,
    '## Names of arguments',
    list([source, ...(modelSource ? [modelSource] : [])].map(sourceText)),
    'The command has not been run against the trainer.',
  ].join('\n\n')}\n`;
}
