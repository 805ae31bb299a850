import { availableParallelism, totalmem } from 'node:os';
import { Command } from 'commander';
import { installedCudaRuntime } from '../../engine/device/cudaRuntime/runtimePlace.ts';
import { freeMachineBytes } from '../../engine/plan/memoryBudget.ts';
import type { Machine } from '../../engine/process/client.ts';
import { shownGpu } from '../../run/progress/shownGpu.ts';
import { showBytes } from '../../settings/memorySize.ts';
import { program } from '../../settings/programInfo.ts';
import { cudaText } from '../output/cudaReport.ts';
import { machineDocument } from '../output/json/jsonDocuments.ts';
import { table } from '../output/table.ts';
import { type CommandContext, jsonText } from './command.ts';
import { type CudaOptions, changeCudaRuntime } from './options/cudaOptions.ts';
import { jsonOption } from './options/options.ts';

/* The command that shows what this machine has to compute with. */

/** Tries every device of this platform. */
export type ProbeDevices = () => Promise<Machine>;

/** `rejuvenate doctor`: what this machine has, and what is in the way. */
export function doctorCommand(context: CommandContext, probeDevices: ProbeDevices): Command {
  return new Command('doctor')
    .summary('check versions, memory and devices')
    .description('Check versions, memory and every device that could compute.')
    .addOption(jsonOption())
    .option('--install-cuda', "install ONNX Runtime's CUDA libraries, after asking (linux-x64)")
    .option('--remove-cuda', 'remove them')
    .option(
      '--from <source>',
      'with --install-cuda: a package (.nupkg, .zip), wheel, tarball (.tgz) or folder that has them; or python (an installed onnxruntime-gpu), pip (its wheel, by pip) or feed (the official package); unless said, python or else feed',
    )
    .option('--sha512 <hash>', 'with --from: the hash that the file must have')
    .option('--yes', 'with --install-cuda: do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  rejuvenate doctor\n  rejuvenate doctor --install-cuda\n  rejuvenate doctor --install-cuda --from onnxruntime_gpu.whl',
    )
    .action(async ({ json, ...changes }: { readonly json?: true } & CudaOptions) => {
      if (await changeCudaRuntime(context, changes)) return;
      const { devices, gpus, runtimeVersion, cuda: survey } = await probeDevices();
      const memory = { totalBytes: totalmem(), freeBytes: freeMachineBytes() };
      if (json) {
        const { version } = program;
        const { node } = process.versions;
        const { platform, arch } = process;
        const cores = availableParallelism();
        context.print(
          jsonText(
            machineDocument.of({
              program: version,
              node,
              onnxruntime: runtimeVersion,
              platform,
              arch,
              cores,
              memory,
              devices,
              gpus,
              cuda: survey,
            }),
          ),
        );
        return;
      }
      const facts: (readonly [name: string, value: string])[] = [
        [program.name, program.version],
        ['Node', process.versions.node],
        ['ONNX Runtime', runtimeVersion === '' ? 'does not load' : runtimeVersion],
        ['platform', `${process.platform}-${process.arch}, ${availableParallelism()} cores`],
        ['memory', `${showBytes(memory.totalBytes)}, ${showBytes(memory.freeBytes)} free`],
      ];
      const cuda = installedCudaRuntime();
      if (cuda !== undefined)
        facts.push(['CUDA runtime', `${cuda}${survey?.cudaMajor === undefined ? '' : `, CUDA ${survey.cudaMajor}`}`]);
      for (const gpu of gpus) facts.push([`GPU ${gpu.number}`, shownGpu(gpu)]);
      const lines = facts.map(([name, value]) => `${name.padEnd(24)}${value}`);
      const rows = devices.map(({ device, available, reason }) => [device, available ? 'available' : reason]);
      const tables = [table([{ head: 'device' }, { head: 'state' }], rows)];
      if (survey !== undefined) tables.push(cudaText(survey));
      context.print(`${lines.join('\n')}\n\n${tables.join('\n\n')}`);
    });
}
