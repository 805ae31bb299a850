import type { TokenRange } from '../method/responseRows.ts';
import { type CalibrationSettings, templateArgument } from '../settings/calibrationSettings.ts';
import { type ChatTemplate, readChatTemplate } from './chat/chatTemplate.ts';
import { ConversationFault } from './chat/conversation.ts';
import { encodeConversation } from './chat/encodeConversation.ts';
import { fromJson } from './chat/jinja/values/json.ts';
import type { Value } from './chat/jinja/values/values.ts';
import type { TemplateSource } from './chat/templateFiles.ts';
import type { Prompt } from './prompt.ts';
import type { RowContent } from './shapes/shape.ts';
import type { SpecialIds } from './tokenizer/postProcessor.ts';
import type { TextTokenizer } from './tokenizer/tokenizer.ts';

/* Turns a pair or a conversation into token ids with ranges of responses. */

export interface RenderingOptions
  extends Pick<CalibrationSettings, 'chatTemplate' | 'templateArgs' | 'turns' | 'specialTokens'> {
  /** Checkpoint folders, the first of which with a chat template renders conversations. */
  readonly templateFolders: readonly string[];
}

/** Token ids of a row, and which of them are responses; those of a pair end with what the tokenizer puts after it. */
export interface EncodedRow {
  readonly ids: readonly number[] | Uint32Array;
  readonly responses: readonly TokenRange[];
}

/** Renders rows; the chat template is read when the first conversation comes. */
export class RowRenderer {
  readonly #options: RenderingOptions;
  readonly #tokenizer: TextTokenizer;
  readonly #variables: ReadonlyMap<string, Value>;
  /** One moment for a whole file. */
  readonly #now = new Date();
  #template: ChatTemplate | undefined;
  #special: SpecialIds | undefined;

  constructor(options: RenderingOptions, tokenizer: TextTokenizer) {
    this.#options = options;
    this.#tokenizer = tokenizer;
    this.#variables = new Map(
      options.templateArgs.map((text) => {
        const { name, value } = templateArgument(text);
        return [name, argumentValue(value)] as const;
      }),
    );
  }

  /** The chat templates that rows were rendered with. */
  get templates(): readonly TemplateSource[] {
    return this.#template?.used ?? [];
  }

  /**
   * @returns the row's tokens, or why there are none to measure
   * @throws InputError when the chat template cannot be used, or there is none
   */
  async encode(content: Exclude<RowContent, { kind: 'nothing' }>): Promise<EncodedRow | string> {
    if (content.kind === 'pair') return this.#pair(content.prompt, content.response);
    const template = await this.#chatTemplate();
    const { conversation } = content;
    const variables = new Map([...this.#variables, ...conversation.variables]);
    const { turns } = this.#options;
    try {
      const given = { ...conversation, variables };
      const { ids, ranges } = encodeConversation(template, this.#tokenizer, given, turns, this.#now);
      return ranges.length === 0 ? "none of the assistant's turns counts" : { ids, responses: ranges };
    } catch (error) {
      if (error instanceof ConversationFault) return error.message;
      throw error;
    }
  }

  /**
   * Tokens of a prompt: of a text with what the tokenizer puts before it; of a conversation as the chat template renders it
   * with what asks the assistant for its turn.
   * @throws ConversationFault when the conversation cannot be rendered
   * @throws InputError when the chat template cannot be used, or there is none
   */
  async encodePrompt(prompt: Prompt): Promise<readonly number[]> {
    if (prompt.kind === 'text') return this.special.before.concat(this.#tokenizer.encode(prompt.text));
    const template = await this.#chatTemplate();
    const { messages, tools, variables } = prompt.conversation;
    const all = new Map([...this.#variables, ...variables]);
    const { text } = template.render(messages, { tools, variables: all }, true, this.#now);
    if (!text.isWellFormed()) throw new ConversationFault('its rendering holds half of a surrogate pair');
    return this.#tokenizer.encode(text);
  }

  async #chatTemplate(): Promise<ChatTemplate> {
    this.#template ??= await readChatTemplate(this.#options.templateFolders, this.#options.chatTemplate);
    return this.#template;
  }

  /** What is put around plain text. */
  get special(): SpecialIds {
    this.#special ??= this.#options.specialTokens === 'none' ? { before: [], after: [] } : this.#tokenizer.special();
    return this.#special;
  }

  #pair(prompt: string, response: string): EncodedRow | string {
    const promptIds = this.#tokenizer.encode(prompt);
    const responseIds = this.#tokenizer.encode(response);
    if (responseIds.length === 0) return 'its response has no token';
    const { before, after } = this.special;
    const ids = before.concat(promptIds, responseIds, after);
    return { ids, responses: [{ start: before.length + promptIds.length, end: ids.length }] };
  }
}

/** What was typed as a value: JSON, Python's `True`, `False` and `None`, else a text. */
function argumentValue(text: string): Value {
  const python: Readonly<Record<string, Value>> = { True: true, False: false, None: null };
  if (Object.hasOwn(python, text)) return python[text]!;
  try {
    JSON.parse(text);
    return fromJson(text);
  } catch {
    return text;
  }
}
