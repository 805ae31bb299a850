export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Ratios of rounds, each by itself: the machine's speed changes from one to the next. `1.31× as fast (1.14–1.36)`. */
export function timesAsFast(ratios: readonly number[]): string {
  const [middle, least, most] = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((each) =>
    each.toFixed(2),
  );
  return `${middle}× as fast (${least}–${most})`;
}

/** One line of a report: what, and the figure. */
export function row(what: string, figure: string): void {
  console.log(`  ${what.padEnd(30)} ${figure}`);
}
