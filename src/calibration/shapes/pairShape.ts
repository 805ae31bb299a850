import { shown } from '../../files/reading/shown.ts';
import type { PairForm } from '../../settings/calibrationSettings.ts';
import { exchangeContent } from './exchange.ts';
import { holds, optionalText, systemNames, textOf } from './fields.ts';
import { badCompletion, type Shape } from './shape.ts';

/* Rows of two texts, a prompt and its response, with a system prompt at most. */

/** Fields that go on with a prompt where rows have them. */
const furtherNames = ['input', 'context', 'passage', 'history'];

/** @param prompt name of the field; @param response likewise */
export function pairShape(prompt: string, response: string, as: PairForm): Shape {
  return {
    name: 'pair',
    label: `pairs of ${shown(prompt)} and ${shown(response)}`,
    remarks: [],
    read(row) {
      const bad = response === 'completion' ? badCompletion(row) : undefined;
      if (bad !== undefined) return bad;
      const system = systemNames.find((name) => name !== prompt && name !== response && holds(row, name));
      const isRead = (name: string) => name === prompt || name === response || name === system;
      const unused = furtherNames.find((name) => !isRead(name) && holds(row, name) && row.get(name) !== '');
      const content = exchangeContent(
        {
          system: optionalText(row, system),
          history: [],
          prompt: textOf(row, prompt),
          response: textOf(row, response),
          fields: { system: system ?? 'system', prompt, response },
        },
        as,
      );
      return content.kind === 'nothing' || unused === undefined ? content : { ...content, unused };
    },
  };
}
