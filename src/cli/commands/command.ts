import { shownJson } from '../../files/reading/shownJson.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import type { OpenRolloutSource } from '../../run/readiness/rolloutSource.ts';
import type { Documented } from '../output/json/jsonDocument.ts';

/** What a command works with: where results and progress go, and when to stop. */
export interface CommandContext extends RunContext {
  /** Writes the result: text, or JSON with --json. Standard output. */
  print(text: string): void;
  /** Where answers are sampled. */
  readonly openRollouts?: OpenRolloutSource | undefined;
  /** Says something that is not the result. Standard error. */
  say(text: string): void;
}

/** One JSON document on standard output, which says of what schema it is. */
export function jsonText(document: Documented): string {
  return shownJson(document);
}
