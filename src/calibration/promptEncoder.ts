import { InputError } from '../errors.ts';
import { ConversationFault } from './chat/conversation.ts';
import { isDict, isList, type Value } from './chat/jinja/values/values.ts';
import { readTemplateFiles } from './chat/templateFiles.ts';
import type { LinePlace } from './linePlace.ts';
import type { EncodedPrompts, Prompt, PromptOptions } from './prompt.ts';
import { RowRenderer } from './rowRenderer.ts';
import { readTokenizer, type TextTokenizer } from './tokenizer/tokenizer.ts';

/**
 * Encodes prompts, on this thread: for as long as the tokenizer or the chat template likes.
 *
 * @param place is kept up to date
 * @throws InputError naming the prompt that cannot be rendered or has no token
 */
export async function encodePromptsHere(
  options: PromptOptions,
  prompts: readonly Prompt[],
  place: LinePlace,
): Promise<EncodedPrompts> {
  const tokenizer = await readTokenizer(options.tokenizerPath);
  const renderer = new RowRenderer({ ...options, turns: 'last' }, tokenizer);
  const ids: Uint32Array[] = [];
  for (const [i, prompt] of prompts.entries()) {
    place.beginLine({ file: 0, number: i + 1, unit: 'row', bytes: bytesOf(prompt), read: () => null });
    try {
      ids.push(Uint32Array.from(await renderer.encodePrompt(prompt)));
    } catch (error) {
      if (error instanceof ConversationFault) throw new InputError(`Prompt ${i + 1}: ${error.message}.`);
      throw error;
    } finally {
      place.endLine();
    }
    if (ids[i]!.length === 0) throw new InputError(`Prompt ${i + 1} has no token: it is empty.`);
  }
  return { ids, endOfText: await endOfText(options.templateFolders, tokenizer) };
}

/** What a prompt holds of text, which messages about one that is too long tell. */
function bytesOf(prompt: Prompt): number {
  return textBytes(prompt.kind === 'text' ? prompt.text : prompt.conversation.messages);
}

function textBytes(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  const parts = isList(value) ? value : isDict(value) ? [...value.values()] : [];
  return parts.reduce<number>((sum, part) => sum + textBytes(part), 0);
}

/** `eos_token` of the first folder that names one, where it is a single token. */
async function endOfText(folders: readonly string[], tokenizer: TextTokenizer): Promise<number | undefined> {
  for (const folder of folders) {
    const { specialTokens } = await readTemplateFiles(folder);
    const text = specialTokens.get('eos_token');
    if (text === undefined || text === null) continue;
    const ids = tokenizer.encode(text);
    return ids.length === 1 ? ids[0] : undefined;
  }
  return undefined;
}
