import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { partialName } from '../../files/reading/partialName.ts';
import { quotedPath, shownReason } from '../../files/reading/shown.ts';
import { differences } from '../resume/resumeStore.ts';
import type { ShardHeader } from './file/shardContent.ts';
import { readShardHeader } from './file/shardFile.ts';
import { shardFiles } from './shardFolder.ts';
import { type ShardPhase, shardPhases } from './shardPlace.ts';

/* Finds the partials that are to be merged, and checks that they are all of one run, each once and none missing. */

/** Of a shard of a run, which says what was asked for. */
export type RunShardHeader = ShardHeader & { readonly request: NonNullable<ShardHeader['request']> };

/** All partials of a run. */
export interface GivenPartials {
  readonly count: number;
  /** In the order of the shards. */
  readonly paths: Readonly<Record<ShardPhase, readonly string[]>>;
  /** Of the first. */
  readonly header: RunShardHeader;
  /** Of each. */
  readonly headers: readonly RunShardHeader[];
  /** Folders that were named, and hold partials. */
  readonly folders: readonly string[];
}

/**
 * Finds the partials in files and folders.
 *
 * @throws InputError naming what is no partial, of another run, there twice, or missing
 */
export async function givenPartials(given: readonly string[]): Promise<GivenPartials> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const path of given) {
    const folder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
    if (folder) folders.push(resolve(path));
    const found = folder
      ? (await shardFiles(path)).flatMap(({ attempt, path: each }) => (attempt === undefined ? [each] : []))
      : [path];
    if (found.length === 0) throw new InputError(`There are no partials in ${quotedPath(path)}.`);
    files.push(...found);
  }
  const found: { readonly path: string; readonly header: RunShardHeader }[] = [];
  for (const path of new Set(files.map((each) => resolve(each))))
    found.push({ path, header: ofRun(path, await readShardHeader(path)) });
  const [first] = found;
  if (first === undefined) throw new InputError('Name the partials that are to be merged, or their folder.');
  const { count } = first.header;
  const places = new Map<string, string>();
  for (const { path, header } of found) {
    checkAlike(path, header, first);
    const name = partialName(header);
    const other = places.get(name);
    if (other !== undefined) {
      throw new InputError(`${quotedPath(other)} and ${quotedPath(path)} are the same shard: give one of them alone.`);
    }
    places.set(name, path);
  }
  const missing: string[] = [];
  const pathsOf = (phase: ShardPhase) =>
    Array.from({ length: count }, (_, index) => {
      const name = partialName({ phase, index, count });
      const path = places.get(name);
      if (path === undefined) missing.push(name);
      return path ?? '';
    });
  const paths = { base: pathsOf('base'), sft: pathsOf('sft'), attribution: pathsOf('attribution') };
  if (missing.length > 0) throw missingPartials(missing, folders);
  return { count, paths, header: first.header, headers: found.map(({ header }) => header), folders };
}

function ofRun(path: string, header: ShardHeader): RunShardHeader {
  const { request } = header;
  if (request !== undefined && shardPhases.some((phase) => phase === header.phase)) return { ...header, request };
  const others: Readonly<Record<string, string>> = { verify: 'a verification', sweep: 'a sweep' };
  const what = others[header.phase] ?? 'readiness';
  throw new InputError(`${quotedPath(path)} is of ${what} and not of a run: leave it out.`);
}

function checkAlike(
  path: string,
  header: ShardHeader,
  first: { readonly path: string; readonly header: ShardHeader },
): void {
  if (header.count !== first.header.count) {
    throw new InputError(
      `${quotedPath(first.path)} is of ${first.header.count} shards and ${quotedPath(path)} of ${header.count}: ` +
        'a run is merged from shards that were all cut alike. Take out those of the other run.',
    );
  }
  const changed = differences(header.pins, first.header.pins);
  if (changed.length === 0) return;
  throw new InputError(
    `${quotedPath(path)} is of another run than ${quotedPath(first.path)}, with another ${shownReason(changed.join(', '))}: ` +
      'take out those of the other run, or make them again.',
  );
}

function missingPartials(missing: readonly string[], folders: readonly string[]): InputError {
  const shown = missing.slice(0, 6);
  const more = missing.length > shown.length ? ` and ${missing.length - shown.length} more` : '';
  const where = folders.length === 1 ? ` in ${quotedPath(folders[0]!)}` : '';
  const [phase, index, count] = /^([a-z]+)-0*(\d+)-of-0*(\d+)/.exec(missing[0]!)!.slice(1);
  return new InputError(
    `Missing${where}: ${shown.join(', ')}${more}. Run those shards with the command of the others and --shard ${index}/${count} ` +
      `--phase ${phase}, and so on.`,
  );
}
