import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/* Names of models on the Hugging Face Hub, and where huggingface_hub keeps those that were downloaded. */

/** `ORG/NAME`, as `ORG/NAME@REVISION` where a branch, tag or commit was named. */
export interface HubId {
  readonly id: string;
  readonly revision: string | undefined;
}

const part = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?';
const hubId = new RegExp(`^(${part}/${part})(?:@([A-Za-z0-9_][A-Za-z0-9_./-]*))?$`);

/** Reads the name of a model by the Hub's rules; undefined for what cannot be one. */
export function parseHubId(text: string): HubId | undefined {
  const [, id, revision] = hubId.exec(text) ?? [];
  if (id === undefined || id.length > 96 || /--|\.\./.test(id) || id.endsWith('.git')) return undefined;
  if (revision?.split('/').some((each) => each === '' || /^\.+$/.test(each))) return undefined;
  return { id, revision };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `~` and variables, as huggingface_hub puts them in. */
function expanded(path: string, environment: Environment, home: string): string {
  const atHome = path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
  return atHome.replace(/\$(?:\{(\w+)\}|(\w+))/g, (text, braced: string | undefined, bare: string | undefined) => {
    return environment[braced ?? bare!] ?? text;
  });
}

/** The folder of all models that were downloaded, by the variables that huggingface_hub goes by. */
export function hubCacheFolder(environment: Environment = process.env, home: string = homedir()): string {
  const { HF_HUB_CACHE: hub, HUGGINGFACE_HUB_CACHE: old, HF_HOME: own, XDG_CACHE_HOME: cache } = environment;
  const above = own || join(cache || join(home, '.cache'), 'huggingface');
  return expanded(hub || old || join(above, 'hub'), environment, home);
}

/** The file that `hf auth login` leaves the token in, by the variables that huggingface_hub goes by. */
export function hubTokenPath(environment: Environment = process.env, home: string = homedir()): string {
  const { HF_TOKEN_PATH: path, HF_HOME: own, XDG_CACHE_HOME: cache } = environment;
  const above = own || join(cache || join(home, '.cache'), 'huggingface');
  return expanded(path || join(above, 'token'), environment, home);
}

/** A model's folder in the cache. */
export function hubEntryName(id: string): string {
  return `models--${id.replaceAll('/', '--')}`;
}

/** The model and commit of which a folder is the snapshot in a Hub cache. */
export function hubSnapshotOf(folder: string): HubId | undefined {
  const snapshots = dirname(folder);
  if (basename(snapshots) !== 'snapshots') return undefined;
  const [, organisation, name] = /^models--(.+?)--(.+)$/.exec(basename(dirname(snapshots))) ?? [];
  if (organisation === undefined) return undefined;
  return parseHubId(`${organisation}/${name}@${basename(folder)}`);
}
