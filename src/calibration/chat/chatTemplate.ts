import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { type Conversation, ConversationFault } from './conversation.ts';
import { TemplateFault } from './jinja/fault.ts';
import { type Rendering, Template } from './jinja/template.ts';
import type { Dict, Value } from './jinja/values/values.ts';
import { readTemplateFile, readTemplateFiles, type TemplateFiles, type TemplateSource } from './templateFiles.ts';

/** Special tokens that tokenizer classes of transformers have without being told of them. */
const ownTokens: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LlamaTokenizer: { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' },
  Qwen2Tokenizer: { eos_token: '<|endoftext|>', unk_token: '<|endoftext|>', pad_token: '<|endoftext|>' },
  GemmaTokenizer: {
    bos_token: '<bos>',
    eos_token: '<eos>',
    unk_token: '<unk>',
    pad_token: '<pad>',
    mask_token: '<mask>',
  },
  GPT2Tokenizer: { bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>' },
  PreTrainedTokenizer: {},
  TokenizersBackend: {},
};

/** A checkpoint's chat template, or several by name, with the special tokens they print. */
export class ChatTemplate {
  private readonly compiled = new Map<string, Template>();
  private readonly files: TemplateFiles;

  constructor(files: TemplateFiles) {
    this.files = files;
  }

  /**
   * Renders messages as transformers' `apply_chat_template(messages, tools, add_generation_prompt=prompt, tokenize=False)` does.
   *
   * @param prompt whether the text ends with what asks the assistant for its turn
   * @param now what `strftime_now` prints
   * @throws ConversationFault when the template refuses these messages or fails at them
   * @throws InputError when the template does not compile, or there is none to choose
   */
  render(
    messages: readonly Dict[],
    { tools, variables }: Omit<Conversation, 'messages'>,
    prompt: boolean,
    now: Date,
  ): Rendering {
    const source = this.chosen(tools !== null);
    const template = this.template(source);
    const given: [string, Value][] = [
      ['messages', messages],
      ['tools', tools],
      ['documents', null],
      ['add_generation_prompt', prompt],
    ];
    for (const [name] of variables) {
      if (given.some(([taken]) => taken === name))
        throw new InputError(`A template's variable cannot be called ${shown(name)}.`);
    }
    try {
      return template.render(new Map([...this.specialTokens(template, source), ...variables, ...given]), now);
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      if (error.raised) throw new ConversationFault(`the chat template refuses it: ${shown(error.message)}`);
      throw new ConversationFault(`the chat template (${source.place}${atLine(error)}) fails: ${error.message}`);
    }
  }

  /** The templates that have been rendered. */
  get used(): readonly TemplateSource[] {
    return Array.from(this.compiled.keys(), (name) => this.files.templates.get(name)!);
  }

  /** As transformers chooses: the one called `tool_use` where tools are given, else `default`. */
  private chosen(withTools: boolean): TemplateSource {
    const { templates } = this.files;
    const source = (withTools ? templates.get('tool_use') : undefined) ?? templates.get('default');
    if (source !== undefined) return source;
    const names = Array.from(templates.keys(), shown).join(', ');
    throw new InputError(
      `The checkpoint has chat templates called ${names} but none called "default"; give one with --chat-template.`,
    );
  }

  private template(source: TemplateSource): Template {
    let template = this.compiled.get(source.name);
    if (template === undefined) {
      try {
        template = new Template(source.source);
      } catch (error) {
        if (!(error instanceof TemplateFault)) throw error;
        throw new InputError(`The chat template, ${source.place}${atLine(error)}, cannot be used: ${error.message}.`);
      }
      this.compiled.set(source.name, template);
    }
    return template;
  }

  private specialTokens(template: Template, { place }: TemplateSource): Map<string, Value> {
    const { specialTokens, tokenizerClass } = this.files;
    const own = ownTokens[tokenizerClass?.replace(/Fast$/, '') ?? 'TokenizersBackend'];
    const tokens = new Map<string, Value>(Object.entries(own ?? {}));
    for (const [name, text] of specialTokens) {
      if (text === null) tokens.delete(name);
      else tokens.set(name, text);
    }
    const unknown = ['bos_token', 'eos_token', 'unk_token', 'pad_token'].find(
      (name) => own === undefined && !specialTokens.has(name) && template.reads.has(name),
    );
    if (unknown === undefined) return tokens;
    throw new InputError(
      `The chat template, ${place}, prints "${unknown}", which tokenizer_config.json does not give; ` +
        `the class ${shown(tokenizerClass)} may have one of its own. Write it into tokenizer_config.json.`,
    );
  }
}

function atLine({ line }: TemplateFault): string {
  return line === undefined ? '' : `, line ${line}`;
}

/**
 * The chat template that conversations are rendered with.
 *
 * @param folders checkpoint folders, at least one: the first that has a template
 * @param file a template to use in place of theirs, with the first folder's special tokens; empty: theirs
 * @throws InputError when there is none, or a file is malformed
 */
export async function readChatTemplate(folders: readonly string[], file = ''): Promise<ChatTemplate> {
  const [first] = folders;
  if (file !== '') {
    const files = await readTemplateFiles(first!);
    const source = await readTemplateFile(file);
    return new ChatTemplate({ ...files, templates: new Map([[source.name, source]]) });
  }
  for (const folder of folders) {
    const files = await readTemplateFiles(folder);
    if (files.templates.size > 0) return new ChatTemplate(files);
  }
  throw new InputError(
    `Conversations need a chat template, and "${first}" has none: neither chat_template.jinja nor "chat_template" in ` +
      'tokenizer_config.json. Give one with --chat-template FILE.',
  );
}
