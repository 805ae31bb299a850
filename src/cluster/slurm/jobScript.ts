import { shellCommand, shellWord } from '../../files/reading/shellWord.ts';

/* The text of a phase's script: what a job array runs, and people read. */

/** What the script of any job says and does. */
interface AnyScript {
  readonly phase: string;
  /** The run's folder, absolute. */
  readonly folder: string;
  /** The program that runs the command line, and variables it needs; absolute. */
  readonly node: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The command line's own file, absolute. */
  readonly cli: string;
  /** Shell lines of the user's, run first. */
  readonly setup: readonly string[];
}

/** What a phase's script says and does. */
export interface JobScript extends AnyScript {
  /** The commands of the phase's tasks, for readers. */
  readonly commands: readonly (readonly string[])[];
}

/** Commands that a script quotes; the others differ from them in the shard alone. */
const shownCommands = 3;

/** Every word quoted for bash: a line break in a path becomes `\n` in `$'…'`, so a comment stays a comment. */
const words = (list: readonly string[]) => list.map((word) => shellWord(word, 'linux')).join(' ');

/** A script for bash. Whatever paths and arguments hold is data in it; `setup` alone is the user's own shell. */
export function jobScript({ commands, ...script }: JobScript): string {
  const shown = commands.slice(0, shownCommands).map((command) => `#   rejuvenate ${words(command)}`);
  const others = commands.length - shown.length;
  return scriptText(script, [
    `# The phase "${script.phase}" of a run of rejuvenate: ${commands.length} ${commands.length === 1 ? 'task' : 'tasks'} of a job array. The first argument is the task of index 0.`,
    ...shown,
    ...(others > 0 ? [`#   … and ${others} more, listed in run.json`] : []),
  ]);
}

/** The script of the job that waits for all others of a run. */
export function resumeScript(script: AnyScript): string {
  return scriptText(script, [
    '# The last job of a run of rejuvenate: once all others have ended, it submits again what was lost of them, at most three times a task.',
    '# It looks once and ends. Cancel it, and nothing is submitted again.',
  ]);
}

/** The script of the job that deletes a node's local copies. */
export function clearScript(script: AnyScript): string {
  return scriptText(script, [
    "# Deletes the copies of checkpoints that a run of rejuvenate kept on this node's own disk.",
  ]);
}

function scriptText({ phase, folder, node, environment, cli, setup }: AnyScript, comment: readonly string[]): string {
  const variables = Object.entries(environment).map(([name, value]) => `export ${name}=${shellWord(value, 'linux')}`);
  return [
    '#!/bin/bash',
    ...comment,
    ...setup,
    ...variables,
    `exec ${words([node, cli, 'slurm', 'task', folder, phase])} "\${1:-0}"`,
    '',
  ].join('\n');
}

/** One `sbatch` as people would type it in the run's folder. */
export function typedSbatch(args: readonly string[]): string {
  return shellCommand('sbatch', ...args);
}
