import { basename } from 'node:path';
import {
  commands,
  type Disposable,
  EventEmitter,
  type TextDocumentContentProvider,
  Uri,
  window,
  workspace,
} from 'vscode';
import { z } from 'zod';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { checkpointCard, tensorNorms } from '../../comparison/checkpointCard.ts';
import { ComparedFiles } from '../../comparison/comparedFiles.ts';
import { readComparison } from '../../record/comparison/comparisonFile.ts';
import { recordNorms } from '../../record/comparison/tensors/recordNorms.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { findCheckpointFolders, shortPath } from '../ask/workspaceCheckpoints.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { mayRead } from '../jobs/trust.ts';

/* Checkpoint cards: two checkpoints as texts, side by side in VS Code's diff editor. */

/** Of documents that hold a checkpoint's card. Their query says which, so that they outlive a reload of the window. */
export const cardScheme = 'rejuvenation-card';

const cardSchema = z.union([
  z.strictObject({ folder: z.string() }),
  /** A checkpoint by its position in a comparison record, which has its norms. */
  z.strictObject({ record: z.string(), position: z.int().nonnegative() }),
]);
type Card = z.infer<typeof cardSchema>;

function cardUri(name: string, card: Card): Uri {
  return Uri.from({ scheme: cardScheme, path: `/${name.replaceAll('/', '-')}.card.txt`, query: JSON.stringify(card) });
}

/** The card of a comparison record's checkpoint. */
export function recordCardUri(name: string, record: string, position: number): Uri {
  return cardUri(name, { record, position });
}

/** Norms that were found before a card is shown, by folder. */
const foundNorms = new Map<string, ReadonlyMap<string, number>>();

async function cardText(card: Card): Promise<string> {
  if ('folder' in card) {
    const checkpoint = await openCheckpoint(card.folder);
    const norms = foundNorms.get(card.folder) ?? (await tensorNorms(checkpoint, new AbortController().signal));
    return checkpointCard(checkpoint, norms);
  }
  const { record } = await readComparison(card.record);
  // The record's norms are true of the files as they were compared only.
  const checkpoint = await new ComparedFiles(record, mayRead).checkpoint(card.position);
  return checkpointCard(checkpoint, recordNorms(record, card.position));
}

/** A card that may be open already is to be made again. */
const outdated = new EventEmitter<Uri>();

/** Makes the cards' texts, which cannot be edited. What cannot be read becomes a text that says why. */
export class CardProvider implements TextDocumentContentProvider {
  readonly onDidChange = outdated.event;

  static register(): Disposable {
    return workspace.registerTextDocumentContentProvider(cardScheme, new CardProvider());
  }

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    try {
      return await cardText(cardSchema.parse(JSON.parse(uri.query)));
    } catch (error) {
      return `This card cannot be made.\n${messageOf(error)}\n`;
    }
  }
}

/** Opens VS Code's diff editor on two cards. */
export async function showCards(left: Uri, right: Uri): Promise<void> {
  const name = (uri: Uri) => basename(uri.path).replace(/\.card\.txt$/, '');
  await commands.executeCommand('vscode.diff', left, right, `${name(left)} ↔ ${name(right)}`, { preview: true });
}

/** *Compare Checkpoint Cards…*: two folders selected in the Explorer, or asked for. */
export async function compareCards(jobs: Jobs, clicked?: Uri, selected?: readonly Uri[]): Promise<void> {
  try {
    const folders = selected?.length === 2 ? selected.map(({ fsPath }) => fsPath) : await askFolders(clicked?.fsPath);
    if (folders === undefined) return;
    const located = await Promise.all(folders.map(locateCheckpoint));
    const [left, right] = located.map(({ folder }) => folder) as [string, string];
    const title = `Cards of ${basename(left)} and ${basename(right)}`;
    const findNorms = async ({ signal, onEvent }: RunContext) => {
      onEvent({ type: 'phase', phase: 'compare' });
      for (const folder of [left, right]) {
        const checkpoint = await openCheckpoint(folder);
        const norms = await tensorNorms(checkpoint, signal, (bytes, total) =>
          onEvent({ type: 'progress', phase: 'compare', done: bytes, total, unit: 'bytes' }),
        );
        foundNorms.set(folder, norms);
      }
      return true;
    };
    const done = await jobs.run(title, findNorms, { text: 'No card was made.' });
    if (done === undefined) return;
    const cards = [left, right].map((folder) => cardUri(basename(folder), { folder })) as [Uri, Uri];
    for (const card of cards) outdated.fire(card);
    await showCards(...cards);
  } catch (error) {
    void window.showErrorMessage(messageOf(error));
  }
}

async function askFolder(placeHolder: string, folders: readonly string[]): Promise<string | undefined> {
  const browse = { label: '$(folder-opened) Browse…', description: '', alwaysShow: true, folder: undefined };
  const items = folders.map((folder) => ({ ...shortPath(folder), folder }));
  const title = 'Compare Checkpoint Cards';
  const chosen = await window.showQuickPick<{ label: string; folder: string | undefined }>([...items, browse], {
    title,
    placeHolder,
    matchOnDescription: true,
  });
  if (chosen === undefined || chosen.folder !== undefined) return chosen?.folder;
  const opened = await window.showOpenDialog({ title, canSelectFolders: true, canSelectFiles: false });
  return opened?.[0]?.fsPath;
}

async function askFolders(first?: string): Promise<string[] | undefined> {
  const folders = await findCheckpointFolders();
  const left = first ?? (await askFolder('The checkpoint on the left', folders));
  if (left === undefined) return undefined;
  const others = folders.filter((folder) => folder !== left);
  const right = await askFolder(`The checkpoint to compare with ${basename(left)}`, others);
  return right === undefined ? undefined : [left, right];
}
