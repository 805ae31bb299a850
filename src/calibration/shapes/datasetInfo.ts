import { dirname, join, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, type JsonObject, parseBoundedJson } from '../../files/reading/strictJson.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import type { PairForm } from '../../settings/calibrationSettings.ts';
import { alpacaShape } from './alpacaShape.ts';
import { conversationShape } from './conversationShape.ts';
import type { Shape } from './shape.ts';
import { type Speaker, shareGptTags, type Tags } from './speakers.ts';

/* LLaMA-Factory's dataset_info.json, which says what the files beside it hold. */

const datasetInfoName = 'dataset_info.json';

/** What it says of one file. */
export interface DatasetInfo {
  readonly path: string;
  /** The data set's name there. */
  readonly name: string;
  readonly entry: JsonObject;
}

/** What the one in a folder lists; undefined when there is none. @throws InputError when it cannot be read */
async function readListed(folder: string): Promise<JsonObject | undefined> {
  const path = join(folder, datasetInfoName);
  if (!(await exists(path))) return undefined;
  const json = parseBoundedJson(await readTextFile(path, inputKinds.datasetInfo), `"${path}"`);
  return isJsonObject(json) ? json : undefined;
}

function infoIn(listed: JsonObject | undefined, folder: string, calibration: string): DatasetInfo | undefined {
  for (const [name, entry] of Object.entries(listed ?? {})) {
    if (!isJsonObject(entry) || typeof entry['file_name'] !== 'string') continue;
    if (join(folder, entry['file_name']) === calibration) return { path: join(folder, datasetInfoName), name, entry };
  }
  return undefined;
}

/**
 * What a `dataset_info.json` beside calibration files says of them.
 * @returns undefined when there is none, or it names none of them
 * @throws InputError when it cannot be read, or says of one file what it does not say of all
 */
export async function readDatasetInfo(calibration: readonly string[]): Promise<DatasetInfo | undefined> {
  const folders = new Map<string, JsonObject | undefined>();
  const infos: (DatasetInfo | undefined)[] = [];
  for (const path of calibration.map((each) => resolve(each))) {
    const folder = dirname(path);
    if (!folders.has(folder)) folders.set(folder, await readListed(folder));
    infos.push(infoIn(folders.get(folder), folder, path));
  }
  const [first, ...others] = infos;
  const meaning = (info: DatasetInfo | undefined) => {
    const { columns, tags, formatting, ranking } = info?.entry ?? {};
    return info === undefined ? undefined : JSON.stringify([columns, tags, formatting, ranking]);
  };
  const other = others.find((info) => meaning(info) !== meaning(first));
  if (other === undefined && others.every((info) => (info === undefined) === (first === undefined))) return first;
  throw new InputError(
    `"${(first ?? other)!.path}" says of some calibration files what it does not say of the others: name the shape of all ` +
      'with --format, or give them one by one.',
  );
}

const tagNames: readonly (readonly [tag: string, speaker: Speaker])[] = [
  ['user_tag', 'user'],
  ['assistant_tag', 'assistant'],
  ['observation_tag', 'tool'],
  ['function_tag', 'call'],
  ['system_tag', 'system'],
];

function tagsOf(tags: JsonObject): Tags {
  const speakers = new Map(shareGptTags.speakers);
  const text = (name: string, usual: string) => (typeof tags[name] === 'string' ? tags[name] : usual);
  for (const [tag, speaker] of tagNames) {
    const name = tags[tag];
    if (typeof name === 'string') speakers.set(name, speaker);
  }
  return { role: text('role_tag', shareGptTags.role), content: text('content_tag', shareGptTags.content), speakers };
}

/**
 * The shape that it gives the file. Of columns that it lists, those it leaves out are none, as in LLaMA-Factory; of none, the
 * usual ones are meant.
 * @throws InputError when it means what is not read
 */
export function shapeOfDatasetInfo({ path, name, entry }: DatasetInfo, pairsAs: PairForm): Shape {
  const columns = isJsonObject(entry['columns']) ? entry['columns'] : undefined;
  const column = (field: string, usual?: string) => {
    const value = columns === undefined ? usual : columns[field];
    return typeof value === 'string' ? value : undefined;
  };
  const tags = isJsonObject(entry['tags']) ? entry['tags'] : {};
  const refuse = (what: string) =>
    new InputError(`"${path}" says of ${shown(name)} ${what}: name the shape with --format to read it otherwise.`);
  const formatting = entry['formatting'] ?? 'alpaca';
  const ranking = entry['ranking'] === true;
  const remark = `as ${shown(name)} in "${datasetInfoName}" beside it says`;
  if (formatting === 'alpaca') {
    const instruction = column('prompt', 'instruction');
    const output = ranking ? column('chosen') : column('response', 'output');
    if (instruction === undefined || output === undefined) throw refuse('no column of prompts or of responses');
    const fields = { instruction, input: column('query', 'input'), output };
    const shape = alpacaShape({ ...fields, system: column('system'), history: column('history') }, pairsAs);
    return { ...shape, remarks: [remark, ...shape.remarks, ...(ranking ? ['rejected responses are not used'] : [])] };
  }
  if (formatting !== 'sharegpt' && formatting !== 'openai') throw refuse(`the formatting ${shown(formatting)}`);
  if (ranking) throw refuse('that it ranks answers to conversations, which is not read');
  const field = column('messages', 'conversations') ?? 'conversations';
  const usual = formatting === 'openai' ? { role_tag: 'role', content_tag: 'content' } : {};
  const shape = conversationShape({
    name: 'sharegpt',
    field,
    tags: tagsOf({ ...usual, ...tags }),
    system: column('system') ?? 'system',
    tools: column('tools') ?? 'tools',
  });
  return { ...shape, remarks: [remark, ...shape.remarks] };
}
