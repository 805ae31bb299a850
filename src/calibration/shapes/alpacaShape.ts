import { shown } from '../../files/reading/shown.ts';
import type { PairForm } from '../../settings/calibrationSettings.ts';
import { ConversationFault } from '../chat/conversation.ts';
import { type Dict, isList } from '../chat/jinja/values/values.ts';
import { exchangeContent } from './exchange.ts';
import { fieldOf, optionalText, textOf } from './fields.ts';
import type { Shape } from './shape.ts';

/* Alpaca's rows: an instruction, what it is about, and the output; LLaMA-Factory's may have more. */

/** Names of the fields; undefined: there is none. */
export interface AlpacaFields {
  readonly instruction: string;
  readonly input: string | undefined;
  readonly output: string;
  readonly system: string | undefined;
  readonly history: string | undefined;
}

/** Pairs of earlier prompts and responses. */
function historyOf(row: Dict, name: string | undefined): [string, string][] {
  const value = (name === undefined ? undefined : fieldOf(row, name)) ?? null;
  if (value === null) return [];
  if (isList(value)) {
    const pairs = value.map((pair) => (isList(pair) ? pair : []));
    if (pairs.every((pair) => pair.length === 2 && pair.every((text) => typeof text === 'string'))) {
      return pairs as [string, string][];
    }
  }
  throw new ConversationFault(`its ${shown(name)} is not a list of pairs of texts`);
}

/**
 * LLaMA-Factory joins instruction and input with a line break, and so do most trainers that have no template for them; the
 * two paragraphs around them of the first Alpaca are its own.
 */
export function alpacaShape(fields: AlpacaFields, as: PairForm): Shape {
  const { instruction, input, output, system, history } = fields;
  const named = [instruction, ...(input === undefined ? [] : [input]), output].map((name) => shown(name)).join(', ');
  return {
    name: 'alpaca',
    label: `Alpaca rows (${named})`,
    remarks:
      input === undefined
        ? []
        : [`${shown(input)} follows ${shown(instruction)} after a line break, as LLaMA-Factory joins them`],
    read(row) {
      const first = textOf(row, instruction);
      const second = optionalText(row, input);
      const prompt = first === null ? null : [first, second].filter((text) => text !== '').join('\n');
      return exchangeContent(
        {
          system: optionalText(row, system),
          history: historyOf(row, history),
          prompt,
          response: textOf(row, output),
          fields: { system: system ?? 'system', prompt: instruction, response: output },
        },
        as,
      );
    },
  };
}
