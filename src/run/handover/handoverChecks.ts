import { readTemplateFiles } from '../../calibration/chat/templateFiles.ts';
import { headName } from '../../checkpoint/architecture/tensorNames.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { isBuffer } from '../../checkpoint/tensorCheck.ts';
import { InputError } from '../../errors.ts';
import { quotedPath, shown } from '../../files/reading/shown.ts';
import type { Trainer } from './trainers.ts';

/* Checks what a trainer needs of a checkpoint besides whole weights, which opening it has checked. */

export interface HandoverCheck {
  readonly what: 'config' | 'tokenizer' | 'chat template' | 'dtype' | 'head';
  readonly found: string;
  /** What is to be thought of; undefined where nothing is. */
  readonly warning?: string;
}

function dtypeCheck({ tensors }: Checkpoint): HandoverCheck {
  const weights = [...tensors.values()].filter(({ name }) => !isBuffer(name));
  const dtypes = [...new Set(weights.map(({ dtype }) => dtype))].sort();
  const found = dtypes.join(', ');
  if (dtypes.length === 1) return { what: 'dtype', found };
  const warning = 'Weights are of several dtypes: loaders take one. `rejuvenate commit --dtype` writes all in one.';
  return { what: 'dtype', found, warning };
}

function headCheck({ tensors, architecture }: Checkpoint): HandoverCheck {
  if (!architecture.tiedEmbeddings) return { what: 'head', found: 'its own (tie_word_embeddings false)' };
  const stored = tensors.has(headName) ? 'stored besides, equal to them' : 'not stored';
  return { what: 'head', found: `tied to the embeddings, ${stored}` };
}

const templateNeeds = {
  always: 'renders every prompt by it',
  asked: 'takes prompts that are texts without it',
  conversations: 'needs it where prompts are conversations',
} as const;

async function templateCheck(folder: string, trainer: Trainer): Promise<HandoverCheck> {
  const { templates } = await readTemplateFiles(folder);
  const found = [...templates.keys()].map((name) => shown(name)).join(', ') || 'none';
  if (templates.has('default')) return { what: 'chat template', found };
  const { label, rendering, ownTemplate, arguments: names } = trainer;
  const flag = names.template === undefined ? '' : ` (${names.template} is left out)`;
  const given = ownTemplate === undefined ? '' : `, or give its text as ${ownTemplate}`;
  const warning =
    `There is no default chat template: ${label} ${templateNeeds[rendering]}${flag}. Copy the template of the model that SFT began from, ` +
    `or of its chat model, into the folder${given}.`;
  return { what: 'chat template', found, warning };
}

/**
 * @throws InputError where the trainer could not even load it: without a tokenizer
 */
export async function handoverChecks(
  checkpoint: Checkpoint,
  trainer: Trainer,
  names: ReadonlySet<string>,
): Promise<HandoverCheck[]> {
  const { architecture, folder, prefix } = checkpoint;
  const tokenizer = ['tokenizer.json', 'tokenizer.model', 'vocab.json'].find((name) => names.has(name));
  if (tokenizer === undefined) {
    throw new InputError(
      `${quotedPath(folder)} has no tokenizer, which ${trainer.label} loads from the same folder: copy tokenizer.json and ` +
        'tokenizer_config.json from the SFT checkpoint.',
    );
  }
  const config: HandoverCheck = {
    what: 'config',
    found: `${architecture.family}, ${architecture.layers} layers, ${architecture.vocabSize} tokens`,
    ...(prefix !== '' && {
      warning: `The names of its tensors begin with ${shown(prefix)}, which ${trainer.label} may not know: save it unwrapped.`,
    }),
  };
  const has = names.has('tokenizer_config.json');
  return [
    config,
    {
      what: 'tokenizer',
      found: tokenizer + (has ? ', tokenizer_config.json' : ''),
      ...(!has && { warning: 'tokenizer_config.json is not there: special tokens may not be those of SFT.' }),
    },
    await templateCheck(folder, trainer),
    dtypeCheck(checkpoint),
    headCheck(checkpoint),
  ];
}
