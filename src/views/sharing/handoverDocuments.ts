import { basename } from 'node:path';
import { type Disposable, EventEmitter, Uri, window, workspace } from 'vscode';
import type { Handover } from '../../run/handover/handover.ts';
import { handoverDocument } from '../../run/handover/handoverDocument.ts';

/* Hand-overs as documents that cannot be edited, to read and to copy from. */

const scheme = 'rejuvenation-handover';
/** Documents that are kept, for when their tab is looked at again. */
const mostKept = 16;

const kept = new Map<string, string>();
/** A document that may be open already has other text. */
const outdated = new EventEmitter<Uri>();

/** Makes VS Code show them. */
export function registerHandovers(): Disposable {
  return workspace.registerTextDocumentContentProvider(scheme, {
    onDidChange: outdated.event,
    provideTextDocumentContent: (uri) =>
      kept.get(uri.toString()) ?? 'This is gone. Run Rejuvenation: Hand Over to RL… again.\n',
  });
}

export async function showHandover(handover: Handover): Promise<void> {
  const { checkpoint, trainer } = handover;
  const uri = Uri.from({
    scheme,
    path: `/${basename(checkpoint)} to ${trainer.label}.md`,
    query: JSON.stringify({ checkpoint, trainer: trainer.name }),
  });
  const key = uri.toString();
  kept.delete(key);
  kept.set(key, handoverDocument(handover));
  for (const old of [...kept.keys()].slice(0, -mostKept)) kept.delete(old);
  outdated.fire(uri);
  await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
}
