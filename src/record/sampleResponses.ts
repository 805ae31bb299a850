import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../files/reading/strictJson.ts';
import { predictedResponses } from '../method/responseRows.ts';

/* How both kinds of record say which tokens of a sample are responses, and how their first versions said it. */

const position = z.int().nonnegative();

/** Positions in the sample's tokens; see src/method/responseRows.ts. */
export const responsesSchema = z.array(z.strictObject({ start: position, end: position }));

/** Version 1 gave the prompt's length alone: everything after it was the one response. */
function withResponses(sample: unknown): unknown {
  if (!isJsonObject(sample)) return sample;
  const { promptLength, ...rest } = sample;
  const { tokens } = rest;
  if (typeof promptLength !== 'number' || typeof tokens !== 'number') return sample;
  return { ...rest, responses: predictedResponses([{ start: promptLength, end: tokens }], tokens) };
}

/**
 * The parsed JSON of a record of version 1, or the part of it that lists samples, as version 2 writes it. What is not as
 * version 1 has it stays as it is, for the schema to name.
 */
export function samplesFromVersion1(value: JsonObject): JsonObject {
  if (!Array.isArray(value['samples'])) return value;
  return { ...value, samples: value['samples'].map(withResponses) };
}
