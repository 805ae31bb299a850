import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, type JsonObject } from '../../files/reading/strictJson.ts';
import type { TokenizerFault } from './tokenizerFault.ts';

/* Reads off the `post_processor` of a `tokenizer.json` which special tokens it puts before and after a text. */

export interface SpecialIds {
  readonly before: number[];
  readonly after: number[];
}

const noIds: SpecialIds = { before: [], after: [] };
/** Far more than any nests. */
const deepest = 8;

function isIds(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((id) => Number.isSafeInteger(id) && (id as number) >= 0);
}

function ofTemplate({ single, special_tokens: table }: JsonObject, fault: TokenizerFault): SpecialIds {
  const before: number[] = [];
  const after: number[] = [];
  let seen = false;
  if (!Array.isArray(single)) throw fault('its post-processor "TemplateProcessing" has no list "single"');
  for (const piece of single as unknown[]) {
    const { SpecialToken: special, Sequence: sequence } = isJsonObject(piece) ? piece : {};
    if (isJsonObject(sequence) && sequence['id'] === 'A' && !seen) {
      seen = true;
      continue;
    }
    const name = isJsonObject(special) ? special['id'] : undefined;
    const entry =
      isJsonObject(table) && typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
    const ids = isJsonObject(entry) ? entry['ids'] : undefined;
    if (!isIds(ids))
      throw fault(`its post-processor "TemplateProcessing" holds ${shown(piece)}, which is not understood`);
    (seen ? after : before).push(...ids);
  }
  if (!seen) throw fault('its post-processor "TemplateProcessing" leaves the text out');
  return { before, after };
}

/** `[token, id]` of BERT's and RoBERTa's. */
function pairId(value: unknown, fault: TokenizerFault): number {
  const id: unknown = Array.isArray(value) ? value[1] : undefined;
  if (!isIds([id])) throw fault('its post-processor has no ids for "cls" and "sep"');
  return id as number;
}

/**
 * The special tokens that `Tokenizer.encode` puts around a single text, which are those that transformers 5 puts there: it takes
 * no notice of `add_bos_token` and `add_eos_token` where there is a `tokenizer.json`.
 *
 * @throws InputError by `fault` for what is not understood
 */
export function specialIdsOf(value: unknown, fault: TokenizerFault, depth = 0): SpecialIds {
  if (value === undefined || value === null) return noIds;
  const type = isJsonObject(value) ? value['type'] : undefined;
  if (!isJsonObject(value) || depth > deepest) throw fault('its "post_processor" is not understood');
  switch (type) {
    case 'ByteLevel':
      return noIds;
    case 'TemplateProcessing':
      return ofTemplate(value, fault);
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: [pairId(value['cls'], fault)], after: [pairId(value['sep'], fault)] };
    case 'Sequence': {
      const processors = value['processors'];
      if (!Array.isArray(processors)) throw fault('its post-processor "Sequence" has no list "processors"');
      return processors
        .map((each: unknown) => specialIdsOf(each, fault, depth + 1))
        .reduce(
          (inner, outer) => ({ before: [...outer.before, ...inner.before], after: [...inner.after, ...outer.after] }),
          noIds,
        );
    }
    default:
      throw fault(`its post-processor ${shown(type ?? null)} is not supported; --special-tokens none leaves it out`);
  }
}
