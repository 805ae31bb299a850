import type { ParsedRecipe } from './parsedRecipe.ts';

/** What of a recipe reaches beyond the files that it names: programs, servers, a cluster; a line each, as it stands there. */
export function outwardLines({ sections }: Pick<ParsedRecipe, 'sections'>): readonly string[] {
  const lines: string[] = [];
  for (const [name, maps] of sections) {
    for (const { values } of maps) {
      for (const [key, { words }] of values) {
        const isOutward = name === 'slurm' || key === 'grader-command' || key === 'endpoint';
        if (isOutward) lines.push(`${name} ${key}: ${words.join(' ')}`);
      }
      if (name === 'slurm' && values.size === 0) lines.push('slurm');
    }
  }
  return lines;
}
