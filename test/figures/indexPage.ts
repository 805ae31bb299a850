/* A page that shows all figures, old beside new where they changed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../paths.ts';
import type { Review, Snapshots } from './snapshots.ts';

/** Where the page is that shows all figures. */
export const indexPath = join(root, '.cache', 'figures', 'index.html');

const style =
  'body{font:14px sans-serif;margin:16px;background:#eee}section{background:#fff;margin:0 0 12px;padding:8px 12px}' +
  'h2{font-size:14px;margin:0 0 6px}.pair{display:flex;flex-wrap:wrap;gap:12px;align-items:start}' +
  'figure{margin:0}figcaption{color:#666}img{border:1px solid #ccc;max-width:100%}.changed h2{color:#b00}';

/** A page of all figures, those that are not as they are kept first, with both pictures. @returns its path */
export function writeIndexPage(reviews: ReadonlyMap<string, Review>, snapshots: Snapshots, path = indexPath): string {
  const image = (caption: string, file: string) =>
    `<figure><figcaption>${caption}</figcaption>` +
    `<img src="${relative(dirname(path), file).split(sep).map(encodeURIComponent).join('/')}" alt="${caption}"></figure>`;
  const section = (name: string, { state }: Review) => {
    const pictures = {
      same: () => [image('kept', snapshots.kept(name))],
      new: () => [image('new', snapshots.changed(name))],
      changed: () => [image('kept', snapshots.kept(name)), image('drawn now', snapshots.changed(name))],
    }[state]();
    return `<section class="${state}"><h2>${name}${state === 'same' ? '' : `: ${state}`}</h2><div class="pair">${pictures.join('')}</div></section>`;
  };
  // Names are letters and hyphens: see drawFigures.
  const sorted = [...reviews].sort(([, a], [, b]) => Number(a.state === 'same') - Number(b.state === 'same'));
  const changed = sorted.filter(([, { state }]) => state !== 'same').length;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    `<!DOCTYPE html>\n<html lang="en"><meta charset="UTF-8"><title>Figures</title><style>${style}</style>\n` +
      `<h1>${sorted.length} figures, ${changed} not as kept</h1>\n` +
      `${sorted.map(([name, review]) => section(name, review)).join('\n')}\n</html>\n`,
  );
  return path;
}

/** For a terminal, where it can be clicked. */
export function indexLink(path = indexPath): string {
  return pathToFileURL(path).href;
}
