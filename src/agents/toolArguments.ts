import { z } from 'zod';
import { InputError } from '../errors.ts';
import { shownReason } from '../files/reading/shown.ts';
import { outputDtypes } from '../settings/outputDtype.ts';

/* Arguments that several tools take, and the sentence on those that a tool does not take. */

/** Longer than any path that an operating system takes. */
const longestPath = 4096;

/** A path; whether it may be used, the roots say. */
export const pathArgument = (what: string) =>
  z
    .string()
    .min(1)
    .max(longestPath)
    .refine((path) => !path.includes('\0'), 'a path has no zero byte')
    .describe(`${what}. Absolute, or relative to the first root`);

export const runRecordArgument = () => pathArgument('Run record, NAME.rejuvenation.json');

export const alphaArgument = () => z.number().min(0).max(1).describe('Weight of the SFT checkpoint in the fusion');

export const rhoArgument = () =>
  z
    .number()
    .min(0)
    .max(1)
    .describe("Share of all neurons that one target may select, up to the record's rho_max; 0 fuses without a reset");

export const dtypeArgument = () => z.enum(outputDtypes).describe('Of all weights; each as the SFT has it if left out');

/** How long a call that starts a job waits for its end, seconds. Below a minute: many clients give up on a call then. */
export const waitArgument = (seconds: number) =>
  z
    .number()
    .min(0)
    .max(50)
    .default(seconds)
    .describe('Seconds to wait for the job before answering; follow_job goes on waiting');

/** A page's arguments. */
export const pageArguments = {
  offset: z.int().nonnegative().default(0).describe('Rows to leave out: next_offset of the page before'),
  max_characters: z.int().min(4000).max(20_000).default(8000).describe('Longest answer, in characters'),
};

/**
 * The arguments of a call, checked.
 *
 * @throws InputError naming the first that is wrong
 */
export function argumentsOf<Input extends z.ZodObject>(tool: string, schema: Input, args: unknown): z.output<Input> {
  const parsed = schema.safeParse(args ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const known = Object.keys(schema.shape).join(', ');
  const where = issue.path.map(String).join('.');
  if (where === '') throw new InputError(`${tool}: ${shownReason(issue.message)}. It takes ${known}.`);
  throw new InputError(`${tool}: "${shownReason(where)}": ${shownReason(issue.message)}.`);
}
