/* The folder of kept figures: compares with them, puts what changed beside them, accepts it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../paths.ts';
import { figureDifferences } from './figureDifferences.ts';

/** One command makes what is drawn what is kept. */
export const acceptCommand = 'npm run figures:accept';

const changedEnd = '-changed.svg';

/** How a figure is against its snapshot. */
export type Review =
  | { readonly state: 'same' }
  | { readonly state: 'new' }
  | { readonly state: 'changed'; readonly differences: readonly string[] };

/** A folder of pictures, `NAME.svg`, and beside each that is not drawn so any more `NAME-changed.svg`. */
export class Snapshots {
  readonly folder: string;

  constructor(folder = join(root, 'test', 'figures', 'snapshots')) {
    this.folder = folder;
  }

  kept(name: string): string {
    return join(this.folder, `${name}.svg`);
  }

  changed(name: string): string {
    return join(this.folder, `${name}${changedEnd}`);
  }

  #files(): string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).filter((file) => file.endsWith('.svg')) : [];
  }

  /** Names of the pictures that are kept. */
  names(): string[] {
    return this.#files()
      .filter((file) => !file.endsWith(changedEnd))
      .map((file) => file.slice(0, -'.svg'.length));
  }

  /** Compares a figure with its snapshot, and writes it beside that one when it differs or there is none. */
  review(name: string, drawn: string): Review {
    const kept = existsSync(this.kept(name)) ? readFileSync(this.kept(name), 'utf8') : undefined;
    const differences = kept === undefined ? [] : figureDifferences(kept, drawn);
    if (kept !== undefined && differences.length === 0) {
      rmSync(this.changed(name), { force: true });
      return { state: 'same' };
    }
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.changed(name), drawn);
    return kept === undefined ? { state: 'new' } : { state: 'changed', differences };
  }

  /** Keeps a figure as it is drawn now. */
  accept(name: string, drawn: string): void {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.kept(name), drawn);
    rmSync(this.changed(name), { force: true });
  }

  /** Removes a picture whose figure is no more. */
  remove(name: string): void {
    rmSync(this.kept(name), { force: true });
    rmSync(this.changed(name), { force: true });
  }

  /** What a test says of a figure that is not as it is kept. */
  message(name: string, review: Exclude<Review, { state: 'same' }>): string {
    const accept = `“${acceptCommand} -- ${name}” accepts it.`;
    const now = relative(root, this.changed(name));
    if (review.state === 'new')
      return `The figure ${name} has no snapshot. It is drawn as ${now}; look at it, then ${accept}`;
    const { differences } = review;
    const shown = differences.slice(0, 5).map((each) => `  ${each}`);
    const more = differences.length > shown.length ? [`  and ${differences.length - shown.length} more`] : [];
    return [
      `The figure ${name} has changed: ${relative(root, this.kept(name))} is drawn as ${now} now.`,
      ...shown,
      ...more,
      `“npm run figures” shows both side by side; ${accept}`,
    ].join('\n');
  }
}
