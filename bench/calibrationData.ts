import { closeSync, openSync, writeSync } from 'node:fs';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { generator } from './generateCheckpoint.ts';

/* Writes large calibration files whose rows look like those of chat data. */

interface GeneratedRow {
  readonly prompt: string;
  readonly response: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** Rows of 2 kB on the average, some of them ten times as long; a word is as good as another. */
function* generatedRows(seed: number): Generator<GeneratedRow, never> {
  const random = generator(seed);
  const words = Array.from({ length: 5000 }, () =>
    String.fromCharCode(...Array.from({ length: 2 + Math.floor(random() * 8) }, () => 97 + Math.floor(random() * 26))),
  );
  // Texts that are put together anew would take longer to make than to measure.
  const texts = Array.from({ length: 4000 }, () => {
    const length = 10 + Math.floor(-Math.log(1 - random()) * 90);
    return Array.from({ length }, () => words[Math.floor(random() * words.length)]!).join(' ');
  });
  const text = () => texts[Math.floor(random() * texts.length)]!;
  for (;;) {
    const [prompt, response] = [text(), text()];
    const messages = [
      { role: 'user', content: prompt },
      { role: 'assistant', content: response },
    ];
    yield { prompt, response, messages };
  }
}

/** @returns the number of rows */
export function writeJsonl(path: string, bytes: number): number {
  const file = openSync(path, 'w');
  let written = 0;
  let rows = 0;
  let lines: string[] = [];
  for (const row of generatedRows(1)) {
    lines.push(`${JSON.stringify(row)}\n`);
    rows++;
    if (lines.length < 1000) continue;
    written += writeSync(file, lines.join(''));
    lines = [];
    if (written >= bytes) break;
  }
  closeSync(file);
  return rows;
}

const optional = 'OPTIONAL' as const;
const string = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: optional } as const;
const schema: ConstructorParameters<typeof ParquetWriter>[0]['schema'] = [
  { name: 'root', num_children: 3 },
  { name: 'prompt', ...string },
  { name: 'response', ...string },
  { name: 'messages', num_children: 1, converted_type: 'LIST', repetition_type: optional },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  { name: 'element', num_children: 2, repetition_type: optional },
  { name: 'role', ...string },
  { name: 'content', ...string },
];

/** In row groups of 20,000 rows, compressed by Snappy. @returns the number of rows */
export async function writeParquet(path: string, bytes: number): Promise<number> {
  const rowGroupSize = 20_000;
  const writer = fileWriter(path);
  const parquet = new ParquetWriter({ writer, schema });
  const rows = generatedRows(2);
  let written = 0;
  while (writer.offset < bytes) {
    const group = Array.from({ length: rowGroupSize }, () => rows.next().value);
    const column = (name: keyof GeneratedRow) => ({ name, data: group.map((row) => row[name]) });
    const columnData = [column('prompt'), column('response'), column('messages')];
    await parquet.write({ columnData, rowGroupSize, dictionarySize: 1 });
    written += rowGroupSize;
  }
  await parquet.finish();
  return written;
}
