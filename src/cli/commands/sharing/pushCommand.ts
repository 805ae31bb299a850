import { Command } from 'commander';
import { environmentHubFetch } from '../../../run/push/hubFetch.ts';
import { checkReplacing, push, repositoryUrl } from '../../../run/push/push.ts';
import { type PushPlan, planPush } from '../../../run/push/pushPlan.ts';
import { pushLines } from '../../../run/push/pushText.ts';
import { pushDocument } from '../../output/json/jsonDocuments.ts';
import { printable } from '../../output/printable.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { askWord } from '../options/askWord.ts';
import { jsonOption } from '../options/options.ts';

/* `rejuvenate push`: its options, and what it prints. */

interface PushCommandOptions {
  readonly repo: string;
  readonly private?: true;
  readonly overwrite?: true;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** The plan without what is only of use within. */
function planJson(plan: PushPlan) {
  const { folder, exists, isPrivate, user, files, leftOut, staying, card, local } = plan;
  return {
    ...{ folder, url: repositoryUrl(plan), exists, private: isPrivate, user: user ?? null },
    files: files.map(({ path, bytes, sha256, state }) => ({ path, bytes, sha256, state })),
    ...{ leftOut, staying, card: card ?? null, namesThisMachine: local },
  };
}

/** `rejuvenate push`: a checkpoint to the Hugging Face Hub. */
export function pushCommand(context: CommandContext): Command {
  return new Command('push')
    .summary('upload a checkpoint to the Hugging Face Hub')
    .description(
      'Upload a checkpoint to the Hugging Face Hub, in one commit. What would be sent is said first, and nothing is without your word. The token is ' +
        'taken from HF_TOKEN or from where "hf auth login" leaves it, the address from HF_ENDPOINT where it is set.',
    )
    .argument('<folder>', 'the checkpoint')
    .requiredOption('--repo <id>', 'repository, ORG/NAME; made where it is not there')
    .option('--private', 'make it a private one')
    .option('--overwrite', 'replace files of the repository that have other content')
    .option('--dry-run', 'say what would be sent, and send nothing')
    .option('--yes', 'do not ask')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate push llama-rejuvenated --repo me/llama-rejuvenated --private --dry-run
  rejuvenate push llama-rejuvenated --repo me/llama-rejuvenated --private`,
    )
    .action(async (folder: string, options: PushCommandOptions) => {
      const { repo: repository, dryRun, overwrite = false, yes, json } = options;
      const { signal, onEvent } = context;
      const own = { signal, onEvent, fetch: await environmentHubFetch() };
      const plan = await planPush({ folder, repository, isPrivate: options.private === true }, own);
      if (!json || !dryRun) for (const line of pushLines(plan, printable)) context.say(line);
      if (dryRun) {
        if (json) context.print(jsonText(pushDocument.of(planJson(plan))));
        context.say('Nothing was sent.');
        return;
      }
      checkReplacing(plan, overwrite);
      if (!yes) await askWord('Upload?', 'sent', signal);
      const pushed = await push(plan, own);
      if (json) context.print(jsonText(pushDocument.of({ ...planJson(plan), ...pushed })));
      else context.print(`Uploaded, and compared by hash: ${printable(pushed.url)}`);
    });
}
