import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError } from '../../errors.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, type JsonObject, parseBoundedJson } from '../../files/reading/strictJson.ts';
import { readTextFile } from '../../files/reading/textFile.ts';

/** A template's text, and where it stands, for messages. */
export interface TemplateSource {
  readonly name: string;
  readonly source: string;
  /** E.g. `"/models/a/chat_template.jinja"`. */
  readonly place: string;
}

/** What of a checkpoint's folder its chat template is rendered with. */
export interface TemplateFiles {
  /** By name; a single template is called `default`. */
  readonly templates: ReadonlyMap<string, TemplateSource>;
  /** `bos_token`, `eos_token`, … as texts; null where the configuration says that there is none. */
  readonly specialTokens: ReadonlyMap<string, string | null>;
  /** `tokenizer_class`, undefined where the configuration names none. */
  readonly tokenizerClass: string | undefined;
}

async function isFile(folder: string, name: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.some((entry) => entry.name === name && !entry.isDirectory());
}

async function readObject(folder: string, name: string): Promise<JsonObject | undefined> {
  if (!(await isFile(folder, name))) return undefined;
  const path = join(folder, name);
  const value = parseBoundedJson(await readTextFile(path, inputKinds.tokenizerConfig), `"${path}"`);
  if (!isJsonObject(value)) throw new InputError(`"${path}" is not a JSON object.`);
  return value;
}

export async function readTemplateFile(path: string, name = 'default'): Promise<TemplateSource> {
  return { name, source: await readTextFile(path, inputKinds.chatTemplate), place: `"${path}"` };
}

/** `chat_template.jinja` and `additional_chat_templates/*.jinja`. */
async function jinjaFiles(folder: string): Promise<TemplateSource[]> {
  const found: TemplateSource[] = [];
  if (await isFile(folder, 'chat_template.jinja'))
    found.push(await readTemplateFile(join(folder, 'chat_template.jinja')));
  const more = join(folder, 'additional_chat_templates');
  const names = (await readdir(more).catch(() => [])).filter((name) => name.endsWith('.jinja')).sort();
  for (const name of names) found.push(await readTemplateFile(join(more, name), basename(name, '.jinja')));
  return found;
}

function configTemplates(field: unknown, path: string): TemplateSource[] {
  const place = `"chat_template" of "${path}"`;
  if (field === undefined || field === null) return [];
  if (typeof field === 'string') return [{ name: 'default', source: field, place }];
  if (!Array.isArray(field)) throw new InputError(`The ${place} is neither a text nor a list of templates.`);
  return field.map((each: unknown) => {
    const { name, template } = isJsonObject(each) ? each : {};
    if (typeof name !== 'string' || typeof template !== 'string') {
      throw new InputError(`The ${place} is a list with something other than {"name": …, "template": …} in it.`);
    }
    return { name, source: template, place: `${shown(name)} in the ${place}` };
  });
}

const standard = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];

function tokenText(value: unknown): string | null | undefined {
  if (typeof value === 'string' || value === null) return value;
  return isJsonObject(value) && typeof value['content'] === 'string' ? value['content'] : undefined;
}

function specialTokens(config: JsonObject, map: JsonObject): Map<string, string | null> {
  // Where the configuration lists the added tokens, the older file is not read at all.
  const all: JsonObject = 'added_tokens_decoder' in config ? config : { ...config, ...map };
  const extra = all['extra_special_tokens'];
  const tokens = new Map<string, string | null>();
  const add = (name: string, value: unknown) => {
    const text = tokenText(value);
    if (text !== undefined) tokens.set(name, text);
  };
  for (const [name, value] of Object.entries(all)) {
    if (standard.includes(name) || (name.endsWith('_token') && value !== null)) add(name, value);
  }
  if (isJsonObject(extra)) for (const [name, value] of Object.entries(extra)) add(name, value);
  return tokens;
}

/**
 * Reads the chat templates of a checkpoint's folder as transformers 5 finds them: `.jinja` files where there are any, else the
 * field `chat_template` of `tokenizer_config.json`.
 *
 * @throws InputError when a file cannot be read or is malformed
 */
export async function readTemplateFiles(folder: string): Promise<TemplateFiles> {
  const config = (await readObject(folder, 'tokenizer_config.json')) ?? {};
  const map = (await readObject(folder, 'special_tokens_map.json')) ?? {};
  let found = await jinjaFiles(folder);
  if (found.length === 0) found = configTemplates(config['chat_template'], join(folder, 'tokenizer_config.json'));
  const name = config['tokenizer_class'];
  return {
    templates: new Map(found.map((source) => [source.name, source])),
    specialTokens: specialTokens(config, map),
    tokenizerClass: typeof name === 'string' ? name : undefined,
  };
}
