import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../../../errors.ts';
import { exists } from '../../../files/reading/exists.ts';
import { quotedPath, shown } from '../../../files/reading/shown.ts';
import { readShardHeader } from '../../../run/shards/file/shardFile.ts';
import { removeShardFolder, shardFiles } from '../../../run/shards/shardFolder.ts';
import { NotReady } from '../../notReady.ts';
import type { CommandContext } from '../command.ts';
import { readinessCommand } from '../readinessCommand.ts';
import { sweepCommand } from '../sweepCommand.ts';
import { slurmGroup } from './slurmOptions.ts';

/*
 * `merge` for commands that read their shards themselves, `readiness` and `sweep`: the command that the shards were given, with
 * what they left in the place of an engine.
 */

export interface AskedMerge {
  readonly name: 'readiness' | 'sweep';
  /** The folder of all shards' partials. */
  readonly partials: string;
  readonly record: string;
  readonly overwrite: boolean;
  readonly json: boolean;
  readonly keep: boolean;
}

/** Options that a partial may not bring: they name what runs, where it is sent, or what is written. */
const refused = [
  ...['--grader-command', '--endpoint', '--api-key-variable', '--rollouts', '--base-rollouts'],
  ...['--shard', '--partials', '--out', '--csv', '--figure', '--overwrite', '--json'],
];

/**
 * Joins the partials into the record, and deletes them.
 *
 * @throws InputError where a partial does not say how, or says what only the user may; as the command
 */
export async function mergeAsked(
  { name, partials, record, overwrite, json, keep }: AskedMerge,
  context: CommandContext,
): Promise<void> {
  const command = (name === 'readiness' ? readinessCommand : sweepCommand)(context);
  const words = await askedWords(command, name, partials);
  const said = [
    `--partials=${partials}`,
    `--out=${record}`,
    ...(overwrite ? ['--overwrite'] : []),
    ...(json ? ['--json'] : []),
  ];
  try {
    await command.parseAsync([...said, ...words], { from: 'user' });
  } catch (error) {
    // The record is there all the same.
    if (error instanceof NotReady && !keep) await removeAll(partials, context);
    throw error;
  }
  if (!keep) await removeAll(partials, context);
}

async function askedWords(command: Command, own: AskedMerge['name'], partials: string): Promise<readonly string[]> {
  // Of readiness those of each checkpoint lie in a folder.
  const folder = own === 'readiness' ? join(partials, '0') : partials;
  const first = (await shardFiles(folder)).find(({ attempt }) => attempt === undefined);
  if (first === undefined) throw new InputError(`There are no partials of ${own} in ${quotedPath(partials)}.`);
  const { asked } = await readShardHeader(first.path);
  if (asked?.command !== own) {
    throw new InputError(`${quotedPath(first.path)} is not of ${own}: name the folder that its shards left.`);
  }
  const real = (path: string) => realpath(path).catch(() => resolve(path));
  if ((await real(asked.folder)) !== (await real(process.cwd()))) {
    throw new InputError(
      `The shards were asked for in ${quotedPath(asked.folder)}, from where their paths are: run this there, or give the ` +
        `${own} command with --partials in place of --shard.`,
    );
  }
  const slurm = command.options
    .filter(({ helpGroupHeading }) => helpGroupHeading === slurmGroup)
    .map(({ long }) => long);
  const end = asked.words.indexOf('--');
  const options = end < 0 ? asked.words : asked.words.slice(0, end);
  for (const word of options) {
    const [name] = word.split('=', 1);
    const known = command.options.some(({ long }) => long === name);
    if (known && !refused.includes(name!) && !slurm.includes(name)) continue;
    throw new InputError(
      `The shards were asked for with ${shown(name!)}, which is not taken from a file: give the ${own} command itself, ` +
        'with --partials in place of --shard.',
    );
  }
  return asked.words;
}

async function removeAll(partials: string, { onEvent }: CommandContext): Promise<void> {
  for (let position = 0; await exists(join(partials, String(position))); position++) {
    const left = await removeShardFolder(join(partials, String(position)));
    if (left !== undefined) onEvent({ type: 'note', text: left });
  }
  const left = await removeShardFolder(partials);
  if (left !== undefined) onEvent({ type: 'note', text: left });
}
