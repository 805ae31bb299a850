import { checkpointRecipeName } from '../../recipe/recipeTable.ts';
import { checkpointRecipe } from './checkpointRecipe.ts';
import { type CardSource, modelCard, sftCardName } from './modelCard.ts';
import type { ParentCard } from './parentCard.ts';
import { cardName } from './parentCard.ts';
import { figureName, resetFigure } from './resetFigure.ts';

/**
 * The documents that a committed checkpoint gets beside its weights, by name: its model card, the heatmap in it, the recipe
 * that makes it again, and the SFT checkpoint's own card, which would otherwise stand for a checkpoint that it does not describe.
 */
export function cardDocuments(
  source: Omit<CardSource, 'base' | 'sft'>,
  base: ParentCard,
  sft: ParentCard,
): ReadonlyMap<string, string | Uint8Array> {
  const made = { ...source, base, sft };
  const documents = new Map<string, string | Uint8Array>([
    [cardName, modelCard(made)],
    [checkpointRecipeName, checkpointRecipe(made)],
  ]);
  if (source.reset !== undefined) documents.set(figureName, resetFigure(source.reset, source.rho, source.alpha));
  if (sft.card !== undefined) documents.set(sftCardName, sft.card);
  return documents;
}
