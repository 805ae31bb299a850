import { z } from 'zod';

/* What --json prints: each document says by name and version of which schema it is. */

/** What JSON is made from: lists and fields are only read. */
export type ReadOnly<Value> = Value extends readonly (infer Item)[]
  ? readonly ReadOnly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: ReadOnly<Value[Key]> }
    : Value;

/** A document that names its schema. */
export interface Documented {
  readonly schema: string;
  readonly version: number;
}

/** A kind of document. */
export interface JsonDocument<Shape extends z.ZodRawShape> {
  readonly name: string;
  readonly version: number;
  readonly schema: z.ZodType;
  /** The document of what a command found. */
  of(content: ReadOnly<z.input<z.ZodObject<Shape>>>): Documented & ReadOnly<z.input<z.ZodObject<Shape>>>;
}

/**
 * @param name unlike all others, records' too
 * @param version one more whenever a field goes or changes its meaning; not when one is added
 */
export function jsonDocument<Shape extends z.ZodRawShape>(
  name: string,
  version: number,
  shape: Shape,
): JsonDocument<Shape> {
  const schema = z.object({ schema: z.literal(name), version: z.literal(version), ...shape });
  return { name, version, schema, of: (content) => ({ schema: name, version, ...content }) };
}
