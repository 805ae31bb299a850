import { InputError } from '../../errors.ts';
import { commandLines } from '../../files/reading/shellWord.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import type { HandedOver, Trainer } from './trainers.ts';

/* Writes the command that starts a trainer from a checkpoint, for a POSIX shell: these trainers run on Linux. */

/** What is set; left out: the trainer's default holds. */
export type HandedValues = Readonly<Partial<Record<Exclude<HandedOver, 'template' | 'estimator'>, string | number>>> & {
  /** Prompts are conversations, rendered by the checkpoint's template. */
  readonly template?: boolean;
};

/**
 * A value as Hydra's override grammar reads it back: in quotes where it has more than that takes bare.
 *
 * @throws InputError for a path that it would read otherwise in any form
 */
function hydraValue(text: string): string {
  if (/^[A-Za-z0-9_./-]+$/.test(text)) return text;
  if (/["'\\$\p{Cc}]/u.test(text)) {
    throw new InputError(
      `${quotedPath(text)} holds a quote, "\\", "$" or a control character, which verl's command line (Hydra) reads as something ` +
        'else: make a link to it under a plain name, and hand that over.',
    );
  }
  return `"${text}"`;
}

/** Words of one argument; none where the trainer has no such argument. */
function argumentWords(trainer: Trainer, what: HandedOver, value: string): string[] {
  const name = trainer.arguments[what];
  if (name === undefined) return [];
  return trainer.style === 'hydra' ? [`${name}=${hydraValue(value)}`] : [name, value];
}

/**
 * The command that starts GRPO from the checkpoint.
 *
 * @throws InputError for a path that the trainer's command line cannot take
 */
export function startCommand(trainer: Trainer, values: HandedValues): string {
  const groups: (readonly string[])[] = [trainer.start];
  if (trainer.grpo !== undefined) groups.push(argumentWords(trainer, 'estimator', trainer.grpo));
  for (const what of ['model', 'reference', 'groupSize', 'temperature', 'responseLength'] as const) {
    const value = values[what];
    if (value !== undefined) groups.push(argumentWords(trainer, what, String(value)));
  }
  const { template } = trainer.arguments;
  if (values.template === true && template !== undefined) groups.push([template]);
  return commandLines(groups.filter((words) => words.length > 0));
}
