import { Command, InvalidArgumentError, Option } from 'commander';
import { InputError, Interrupted } from '../../errors.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { recordName } from '../../record/recordName.ts';
import { recordHome } from '../../record/run/recordLock.ts';
import { recordSuffix } from '../../record/run/recordPaths.ts';
import { sweepSuffix } from '../../record/sweep/sweepFile.ts';
import type { Output } from '../../run/files/outputPaths.ts';
import { sweepPathFor } from '../../run/sweep/runSweeps.ts';
import { sweepRun } from '../../run/sweep/sweepRun.ts';
import { sweepShardRun } from '../../run/sweep/sweepShardRun.ts';
import {
  type Control,
  controls,
  defaultAlphas,
  defaultRhos,
  defaultSeeds,
  numberList,
} from '../../settings/sweepSettings.ts';
import { sweepDocument } from '../output/json/jsonDocuments.ts';
import { sweepCsv } from '../output/sweep/sweepCsv.ts';
import { sweepFigure } from '../output/sweep/sweepFigure.ts';
import { sweepText } from '../output/sweep/sweepText.ts';
import { askedCommand, type OwnShardOptions, ownShardFolder, sayShard, withOwnShards } from './cluster/ownShards.ts';
import { shardedOnSlurm } from './cluster/shardedOnSlurm.ts';
import { type SlurmOptions, withSlurmOptions } from './cluster/slurmOptions.ts';
import { type CommandContext, jsonText } from './command.ts';
import { type RenderingOptions, withRenderingOptions } from './options/calibrationOptions.ts';
import { type EngineOptions, engineSettingsFrom, withEngineOptions } from './options/engineOptions.ts';
import { optionNames, refuseIdle } from './options/idleOptions.ts';
import { collected, countArgument, jsonOption, numberArgument, overwriteOption } from './options/options.ts';
import { withStaging } from './options/stageOption.ts';
import { withGraderOptions } from './sampling/graderOptions.ts';
import { type SamplingOptions, withSamplingOptions } from './sampling/samplingOptions.ts';
import { sweepSampling } from './sampling/sweepSampling.ts';

/* `rejuvenate sweep`: its options, and what it prints. */

interface SweepCommandOptions extends SamplingOptions, RenderingOptions, EngineOptions, OwnShardOptions, SlurmOptions {
  readonly alpha: readonly number[];
  readonly rho: readonly number[];
  readonly controls: readonly Control[];
  readonly seeds: number;
  readonly anchor?: readonly string[];
  readonly out?: string;
  readonly csv?: string;
  readonly figure?: string;
  readonly overwrite?: true;
  readonly json?: true;
}

const listArgument =
  (name: string) =>
  (text: string): number[] => {
    try {
      return numberList(name, text);
    } catch (error) {
      if (error instanceof InputError)
        throw new InvalidArgumentError('Write numbers separated by commas, for example 0.4,0.5.');
      throw error;
    }
  };

function controlsArgument(text: string): Control[] {
  if (text.trim() === 'none') return [];
  const names = new Set(text.split(',').map((part) => part.trim()));
  const known = controls.filter((control) => names.delete(control));
  if (names.size > 0)
    throw new InvalidArgumentError(`Write some of ${controls.join(', ')}, separated by commas, or none.`);
  return known;
}

/** The files that are wanted besides the record. */
function filesBeside({ csv, figure }: SweepCommandOptions): Output[] {
  if (figure !== undefined && !figure.endsWith('.svg')) {
    throw new InputError(`The figure "${figure}" must be named NAME.svg.`);
  }
  const output = (what: string, path: string | undefined): Output[] =>
    path === undefined ? [] : [{ what, path, kind: 'file' }];
  return [...output('CSV file', csv), ...output('figure', figure)];
}

/** Options of whoever puts the shards together. */
const lastNames = new Set(['out', 'csv', 'figure', 'overwrite', 'json']);

/** `rejuvenate sweep`: a record at many alphas and rhos, and at controls, without leaving a checkpoint. */
export function sweepCommand(given: CommandContext): Command {
  const command = new Command('sweep')
    .summary('measure a record at many alphas and rhos')
    .description(
      'Measure what commit would give at many alphas and rhos, and at controls, without leaving a checkpoint: one at a ' +
        'time lies in the folder for temporary files. Stopped at any point, the same command goes on.',
    )
    .argument('<record>', 'run record, NAME.rejuvenation.json')
    .option('--alpha <list>', 'alphas, separated by commas', listArgument('alpha'), defaultAlphas)
    .option(
      '--rho <list>',
      "rhos up to the record's rho-max, separated by commas; 0 is fusion only",
      listArgument('rho'),
      defaultRhos,
    )
    .option(
      '--controls <list>',
      'what the reset is held against: fusion (rho 0); random (as many random neurons in each module); drift (as many, those that SFT changed most); or none',
      controlsArgument,
      ['fusion'],
    )
    .option('--seeds <count>', 'random controls, with the seeds 0, 1, …', countArgument, defaultSeeds)
    .option(
      '--anchor <dir>',
      "fuse with and reset to this checkpoint too, besides the base: an early SFT step, for example; may be given several times. The reset neurons stay the record's",
      collected,
    );
  const others = command.options.length;
  withGraderOptions(withSamplingOptions(command)).addOption(
    new Option('--eval-temperature <number>', 'Pass@1 at that of evaluation is what is paid; 0: greedy')
      .argParser(numberArgument)
      .default(0),
  );
  withRenderingOptions(command);
  const samplingNames = optionNames(command, others);
  const context = withStaging(withEngineOptions(command), given);
  withOwnShards(command, 'measure the points of one of n shards')
    .option('--out <file>', `where the sweep record goes (default: the run record's name with ${sweepSuffix})`)
    .option('--csv <file>', 'write a row a point besides')
    .option('--figure <file>', 'draw what is regained against what is paid besides, NAME.svg')
    .addOption(overwriteOption())
    .addOption(jsonOption());
  const written = withSlurmOptions(command, true);
  return command
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate sweep llama.rejuvenation.json
  rejuvenate sweep llama.rejuvenation.json --alpha 0.4,0.5 --rho 0,0.001,0.01 --controls fusion,random,drift --figure llama.svg
  rejuvenate sweep llama.rejuvenation.json --anchor sft/checkpoint-100 --csv llama.csv
  rejuvenate sweep llama.rejuvenation.json --prompts problems.jsonl --draw 100 --samples 8 --figure llama.svg

Answers are sampled at every point where --prompts is given: see docs/sweep.md.`,
    )
    .action(async (record: string, options: SweepCommandOptions, own: Command) => {
      refuseIdle(own, [
        {
          used: options.prompts !== undefined,
          names: samplingNames,
          why: 'is for answers that are sampled: give --prompts too',
        },
        {
          used: options.prompts === undefined || options.grader === 'command',
          names: ['graderTimeout'],
          why: 'belongs to --grader command: give both',
        },
        {
          used: options.controls.includes('random'),
          names: ['seeds'],
          why: 'is for random controls: give --controls random too',
        },
      ]);
      const stem = `${recordName(record, recordSuffix, 'record').stem}.sweep`;
      const onSlurm = { command: own, own: written, options, stem, phase: 'points', last: lastNames, whole: false };
      if (await shardedOnSlurm(onSlurm, context)) return;
      const { alpha, rho, seeds, anchor = [] } = options;
      const overwrite = options.overwrite === true;
      const { chatTemplate, templateArg, specialTokens, weights } = options;
      const rendering = { chatTemplate, templateArgs: templateArg, specialTokens, weights };
      const sampled = await sweepSampling(options, rendering, context);
      const swept = {
        ...{ record, alphas: alpha, rhos: rho, controls: options.controls, seeds, anchors: anchor },
        ...engineSettingsFrom(options),
        ...{ sampling: sampled, overwrite },
      };
      const { shard, out } = options;
      if (shard !== undefined) {
        if (options.csv !== undefined || options.figure !== undefined) {
          throw new InputError(
            '--csv and --figure are of the whole sweep: give them with --partials, when all shards are done.',
          );
        }
        const partials = options.partials ?? ownShardFolder('sweep', out ?? sweepPathFor(await recordHome(record)));
        const asked = askedCommand('sweep', written, [record]);
        return sayShard(sweepShardRun({ ...swept, shard, partials, command: asked }, context), options.json, context);
      }
      const placed = { out, beside: filesBeside(options), partials: options.partials };
      const found = await sweepRun({ ...swept, ...placed }, context).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
        throw new Interrupted(
          'Interrupted. The points that were measured are kept: run the same command again to go on from there.',
        );
      });
      const write = async (path: string | undefined, text: string) => {
        if (path !== undefined) await writeFileWhole(path, new TextEncoder().encode(text), overwrite);
      };
      await write(options.csv, sweepCsv(found.record));
      await write(options.figure, sweepFigure(found.record));
      context.print(
        options.json
          ? jsonText(sweepDocument.of({ record: found.path, ...found.record }))
          : sweepText(found.record, found.path),
      );
    });
}
