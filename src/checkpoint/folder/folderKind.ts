import { indexName, singleName } from '../shards/weightNames.ts';
import type { FolderContents } from './folderContents.ts';
import { foreignFormat } from './foreignFormats.ts';
import { innerFolders } from './innerFolders.ts';
import { compareSteps, stepNumbers } from './stepName.ts';
import { holdsZeroState } from './trainerFormats.ts';

/* Says what a folder is, from the names in it alone. */

/** What a folder is. */
export type FolderKind =
  /** Weights as Hugging Face names them; a single file goes before an index, as in transformers. */
  | { readonly kind: 'checkpoint'; readonly layout: 'single' | 'sharded' }
  /** A LoRA adapter as peft saves it, without the weights it belongs to. */
  | { readonly kind: 'adapter' }
  /** The checkpoint, or what it may be made of, lies in a folder inside. */
  | { readonly kind: 'inside'; readonly name: string }
  /** A model's entry in the Hub cache, `models--ORG--NAME`: its checkpoints are in `snapshots`. */
  | { readonly kind: 'hub entry' }
  /** A training run's folder: names of the steps in it, the newest first. */
  | { readonly kind: 'series'; readonly steps: readonly string[] }
  /** Something else. The sentence says what, and the command that makes a checkpoint of it where there is one. */
  | { readonly kind: 'other'; readonly format: string; readonly sentence: string };

const weightNames = [singleName, indexName] as const;

function layoutOf(names: ReadonlySet<string>): 'single' | 'sharded' | undefined {
  return names.has(singleName) ? 'single' : names.has(indexName) ? 'sharded' : undefined;
}

/** Steps in a folder, the newest first. What DeepSpeed calls `global_step8` is a part of one. */
export function stepsIn({ inside }: Pick<FolderContents, 'inside'>): string[] {
  return [...inside]
    .filter(([name, names]) => stepNumbers(name) !== undefined && !holdsZeroState(names))
    .map(([name]) => name)
    .sort((a, b) => compareSteps(b, a));
}

/** The folder inside in which the weights lie: the only one that holds any, else the one that holds a verl actor. */
function innerOf({ inside }: FolderContents): string | undefined {
  const inner = [...inside].filter(([name]) => innerFolders.has(name));
  const holding = inner.filter(([, names]) => weightNames.some((weights) => names.has(weights)));
  if (holding.length === 1) return holding[0]![0];
  if (holding.length > 1) return undefined;
  // One step deeper: `actor/huggingface`, `model/consolidated`.
  const deeper = inner.filter(([name, names]) => {
    if (name === 'actor') return true;
    return name === 'model' && names.has('consolidated');
  });
  return deeper.length === 1 ? deeper[0]![0] : undefined;
}

/** Says what a folder is. */
export function folderKind(contents: FolderContents): FolderKind {
  const { names, inside, pointers } = contents;
  if (pointers.length > 0) return { kind: 'other', ...foreignFormat(contents) };
  const layout = layoutOf(names);
  // torchtune leaves the adapter beside the weights it is merged into.
  if (layout !== undefined) return { kind: 'checkpoint', layout };
  if (names.has('adapter_config.json')) return { kind: 'adapter' };
  if (inside.has('snapshots') && (inside.has('blobs') || inside.has('refs'))) return { kind: 'hub entry' };
  const inner = innerOf(contents);
  if (inner !== undefined) return { kind: 'inside', name: inner };
  // A run's folder may hold logs, state and pickles of its own.
  const steps = stepsIn(contents);
  if (steps.length > 0) return { kind: 'series', steps };
  return { kind: 'other', ...foreignFormat(contents) };
}
