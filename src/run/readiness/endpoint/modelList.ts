import { z } from 'zod';
import { shown } from '../../../files/reading/shown.ts';

/* What a server says of the models it serves, at /v1/models. */

/** Names that are shown. */
const mostNames = 12;

const listSchema = z.object({
  data: z.array(z.object({ id: z.string(), owned_by: z.string().nullish(), max_model_len: z.number().nullish() })),
});

export interface ServedModel {
  readonly name: string;
  /** `vllm`, `sglang`, or whoever else. */
  readonly server: string | null;
  /** Most tokens of prompt and answer together. */
  readonly context: number | null;
}

/** @returns undefined when the text is no such list */
export function readModels(text: string): ServedModel[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = listSchema.safeParse(value);
  return parsed.data?.data.map(({ id, owned_by: owner, max_model_len: context }) => ({
    name: id,
    server: owner ?? null,
    context: context ?? null,
  }));
}

/** `"a", "b" and 3 more`. */
export function namedModels(models: readonly ServedModel[]): string {
  if (models.length === 0) return 'none';
  const names = models.slice(0, mostNames).map(({ name }) => shown(name));
  const more = models.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
