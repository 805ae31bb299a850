import { type Command, Option } from 'commander';
import { stagingContext } from '../../../run/staging/stagedEngine.ts';
import type { CommandContext } from '../command.ts';

/**
 * Adds `--stage` to a command that runs models.
 *
 * @returns the context for its work, whose engines read local copies where the option is given
 */
export function withStaging(command: Command, context: CommandContext): CommandContext {
  command.addOption(
    new Option(
      '--stage <place>',
      'copy checkpoints to this folder, on a fast disk of the machine itself, and run models from there; copies stay, and others on the machine ' +
        "use them. It may begin with a variable of the task's environment: '$TMPDIR/copies'",
    ),
  );
  return stagingContext(context, () => command.getOptionValue('stage') as string | undefined);
}
