export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** One line of a report: what, and the figure. */
export function row(what: string, figure: string): void {
  console.log(`  ${what.padEnd(30)} ${figure}`);
}
