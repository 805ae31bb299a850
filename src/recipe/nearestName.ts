/* Finds which known name a mistyped one was meant to be. */

/** Longest name that is compared letter by letter; no key is half as long. */
const longest = 64;

/** How many letters must be put in, left out, changed or swapped with their neighbour to make one of the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** `rho_max` and `rhoMax` as the command line writes them. */
function dashed(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replace(/[_\s]+/g, '-')
    .replace(/^-+/, '')
    .toLowerCase();
}

/** The known name that is nearest to one that is not known; undefined where none is near. */
export function nearestName(unknown: string, known: readonly string[]): string | undefined {
  if (unknown.length > longest) return undefined;
  const typed = dashed(unknown);
  let best: { readonly name: string; readonly away: number } | undefined;
  for (const name of known) {
    const away = distance(typed, name);
    if (best === undefined || away < best.away) best = { name, away };
  }
  if (best === undefined || best.away > Math.max(2, Math.floor(0.4 * typed.length))) return undefined;
  return best.away < typed.length ? best.name : undefined;
}
