/** A task's partial: `attribution-0003-of-0004.partial`. */
export function partialName(phase: string, shard: number, shards: number): string {
  const four = (value: number) => String(value).padStart(4, '0');
  return `${phase}-${four(shard)}-of-${four(shards)}.partial`;
}
