import { shown } from '../../files/reading/shown.ts';
import type { PairForm } from '../../settings/calibrationSettings.ts';
import { exchangeContent } from './exchange.ts';
import { holds, optionalText, textOf } from './fields.ts';
import { nothing, type Shape } from './shape.ts';

/* Rows of two texts, a prompt and its response, with a system prompt at most. */

/** A system prompt goes by one of these names. */
const systemNames = ['system', 'system_prompt'];

/** Fields that go on with a prompt where rows have them. */
const furtherNames = ['input', 'context', 'passage', 'history'];

/** @param prompt name of the field; @param response likewise */
export function pairShape(prompt: string, response: string, as: PairForm): Shape {
  return {
    name: 'pair',
    label: `pairs of ${shown(prompt)} and ${shown(response)}`,
    remarks: [],
    read(row) {
      // KTO's rows say of each completion whether it is a good one.
      if (response === 'completion' && row.get('label') === false) return nothing('its "label" is false');
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
