import { writeRecord } from '../../src/record/run/recordFile.ts';
import { tinyRecord } from '../unit/record/tinyRecord.ts';

/** What a tokenizer may hold: markup, text that turns round what follows, characters that cannot be seen. */
export const hostileTexts = [
  'plain',
  '<img src=x onerror="window.pwned=1">',
  '\u202egnp.exe',
  '\n',
  '</bdi><script>window.pwned=1</script>',
  '\u2066\u200b\u0000',
  "=cmd|'/C calc'!A0",
  'javascript:window.pwned=1',
] as const;

/** Writes a small record (2 layers, 2 samples, 3 checkpoints) all of whose texts are hostile. */
export async function writeHostileRecord(path: string): Promise<void> {
  const { draft, layout, arrays } = tinyRecord();
  const markup = '<img src=x onerror="window.pwned=1">';
  await writeRecord(
    path,
    {
      ...draft,
      tokens: { ids: draft.tokens.ids, texts: [...hostileTexts] },
      notes: [markup],
      settings: { ...draft.settings, promptField: markup },
      calibration: {
        ...draft.calibration!,
        label: markup,
        templates: [{ place: `${markup}\u202e`, sha256: 'ab'.repeat(32) }],
        templateArgs: [`a=${markup}`],
        special: { before: [`${markup}\u202e`], after: [] },
      },
      inputs: { ...draft.inputs, base: { ...draft.inputs.base, folder: `/models/${markup}\u202e` } },
      checkpoints: [
        { folder: `/out/${markup}`, alpha: 0.5, rho: 0.02, neurons: 2, committed: draft.run.started, phases: [] },
      ],
    },
    layout,
    arrays,
  );
}
