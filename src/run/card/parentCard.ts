import { join } from 'node:path';
import { isMap } from 'yaml';
import { hubSnapshotOf } from '../../checkpoint/folder/hubId.ts';
import { exists } from '../../files/reading/exists.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { readInput } from '../../files/reading/readInput.ts';
import { yamlDocument } from '../../files/reading/yamlDocument.ts';

/* What a model card has to know of a parent: its name on the Hub and the licence that its own card states. */

/** Name of a model card, in a checkpoint's folder and on the Hub. */
export const cardName = 'README.md';

/** A licence in the words of the Hub's metadata. */
export interface StatedLicence {
  /** Identifier by the Hub's list, such as `apache-2.0`; `other` where it is none of these. */
  readonly license: string;
  readonly license_name?: string | undefined;
  readonly license_link?: string | undefined;
}

export interface ParentCard {
  readonly folder: string;
  /** `ORG/NAME`, where the folder is a snapshot in a Hub cache. */
  readonly hubId: string | undefined;
  /** Undefined where no card is there, or it states none. */
  readonly licence: StatedLicence | undefined;
  /** Its card as it is; undefined where none is there. */
  readonly card: Uint8Array | undefined;
}

/** Of a card's metadata; those with many evaluation results have some tens of thousands. */
const mostCharacters = 1_000_000;

const identifier = /^[a-z0-9][a-z0-9.+-]{0,63}$/;
/** A web address, or a file that the new checkpoint gets too. */
const link = /^(https:\/\/[!-~]{1,300}|LICEN[SC]E(\.(md|txt))?)$/;

/** The metadata at a card's beginning: what stands between two lines of `---`. */
export function frontMatter(card: string): string | undefined {
  return /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(card)?.[1];
}

/** The licence that a card's metadata state; undefined where they state none, or none that the Hub's rules allow. */
export function statedLicence(card: string): StatedLicence | undefined {
  const yaml = frontMatter(card);
  if (yaml === undefined || yaml.length > mostCharacters) return undefined;
  const document = yamlDocument(yaml);
  // A broken document has a tree all the same, of what could be read; what it states is not to be trusted.
  if (document === undefined || document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const field = (name: string, form: RegExp) => {
    const value: unknown = document.get(name);
    return typeof value === 'string' && form.test(value) ? value : undefined;
  };
  const license = field('license', identifier);
  if (license === undefined) return undefined;
  if (license !== 'other') return { license };
  return { license, license_name: field('license_name', identifier), license_link: field('license_link', link) };
}

/**
 * Reads what a parent's folder says of itself.
 *
 * @param folder absolute
 * @throws InputError when its card is there and cannot be read
 */
export async function parentCard(folder: string): Promise<ParentCard> {
  const path = join(folder, cardName);
  const card = (await exists(path)) ? (await readInput(path, inputKinds.modelCard)).bytes : undefined;
  // Some cards are in no encoding at all; their metadata are ASCII.
  const licence = card && statedLicence(new TextDecoder('utf-8').decode(card));
  return { folder, hubId: hubSnapshotOf(folder)?.id, licence, card };
}
