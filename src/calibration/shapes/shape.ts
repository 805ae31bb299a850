import type { ShapeName } from '../../settings/calibrationSettings.ts';
import type { Conversation } from '../chat/conversation.ts';
import type { Dict } from '../chat/jinja/values/values.ts';

/* What a shape is: how a row of a calibration file is read as a pair or a conversation. */

interface Unused {
  /** A field of the row that usually belongs to the prompt and is not read. */
  readonly unused?: string;
}

/** What one row means. */
export type RowContent =
  | ({ readonly kind: 'pair'; readonly prompt: string; readonly response: string } & Unused)
  | ({ readonly kind: 'conversation'; readonly conversation: Conversation } & Unused)
  /** `why` completes "Line 3 is skipped: …". */
  | { readonly kind: 'nothing'; readonly why: string };

/** A row's meaning, by the names of its fields. Pure: one row after the other, none held. */
export interface Shape {
  readonly name: ShapeName;
  /** What the rows are, in words, with the fields that are read: `pairs of "prompt" and "response"`. */
  readonly label: string;
  /** What is to be said of how they are read, in clauses: `"rejected" is not used`. */
  readonly remarks: readonly string[];
  /** @throws ConversationFault when the row has not this shape: a clause without a place */
  read(row: Dict): RowContent;
}

export const nothing = (why: string): RowContent => ({ kind: 'nothing', why });

/** KTO's rows say of each completion whether it is a good one: what is said of a bad one, undefined for all others. */
export function badCompletion(row: Dict): RowContent | undefined {
  return row.get('label') === false ? nothing('its "label" is false') : undefined;
}
