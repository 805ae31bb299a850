import { basename } from 'node:path';
import { type ExtensionContext, env, Uri, window } from 'vscode';
import { Interrupted } from '../../errors.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { repositoryId } from '../../run/push/hubAddress.ts';
import { push, repositoryUrl } from '../../run/push/push.ts';
import { type PushContext, type PushPlan, planPush } from '../../run/push/pushPlan.ts';
import { pushLines } from '../../run/push/pushText.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { askCheckpoint } from './askCheckpoint.ts';

/* The command *Push to Hub…*: asks which checkpoint and where to, shows what would be sent, and sends it at the word. */

const title = 'Push to Hub';

/** VS Code's own `fetch` follows `http.proxy`, the system's proxy and its certificates. */
const own = ({ signal, onEvent }: RunContext): PushContext => ({ signal, onEvent, fetch });

/** @param given the checkpoint's folder, where the command was called on one */
export async function pushCommand(context: ExtensionContext, jobs: Jobs, given?: string): Promise<void> {
  if (!requireTrust()) return;
  try {
    const folder = await askCheckpoint(context, title, given);
    if (folder === undefined) return;
    const repository = await askRepository(basename(folder));
    if (repository === undefined) return;
    const isPrivate = await askPrivate();
    if (isPrivate === undefined) return;
    const nothing = { text: 'Nothing was sent.' };
    const plan = await jobs.run(
      `Looking at ${repository}`,
      (running) => planPush({ folder, repository, isPrivate }, own(running)),
      nothing,
    );
    if (plan === undefined || !(await agreed(plan))) return;
    const done = await jobs.run(`Upload to ${repository}`, (running) => push(plan, own(running)), {
      text: 'Push again to see what is there, and to go on: large files that are up are not sent again.',
    });
    if (done === undefined) return;
    const said = notice(`${repository} has "${basename(folder)}", compared by hash.`);
    if ((await window.showInformationMessage(said, 'Open')) === 'Open')
      await env.openExternal(Uri.parse(done.url, true));
  } catch (error) {
    if (!(error instanceof Interrupted)) void window.showErrorMessage(messageOf(error));
  }
}

function askRepository(name: string): Thenable<string | undefined> {
  return window
    .showInputBox({
      title,
      prompt: `The repository for ${notice(name)}: ORG/NAME or USER/NAME. It is made where it is not there.`,
      placeHolder: 'USER/NAME',
      ignoreFocusOut: true,
      validateInput(text) {
        try {
          repositoryId(text.trim());
          return undefined;
        } catch (error) {
          return messageOf(error);
        }
      },
    })
    .then((text) => text?.trim());
}

async function askPrivate(): Promise<boolean | undefined> {
  const items = [
    { label: 'Private', detail: 'You, and your organisation’s members, can see it.', value: true },
    { label: 'Public', detail: 'Anybody can see and download it. One that is there stays as it is.', value: false },
  ];
  return (await window.showQuickPick(items, { title, placeHolder: 'Who can see it', ignoreFocusOut: true }))?.value;
}

/** Shows what would be sent, and asks. */
async function agreed(plan: PushPlan): Promise<boolean> {
  const replaced = plan.files.some(({ state }) => state === 'replaced');
  const yes = replaced ? 'Upload and Replace' : 'Upload';
  const detail = pushLines(plan, notice).join('\n\n');
  const question = `Upload "${basename(plan.folder)}" to ${repositoryUrl(plan)}?`;
  return (await window.showWarningMessage(notice(question), { modal: true, detail }, yes)) === yes;
}
