import { type Memento, window } from 'vscode';
import { outwardLines } from '../../recipe/outwardLines.ts';
import type { ParsedRecipe } from '../../recipe/parsedRecipe.ts';
import { notice } from '../jobs/messageOf.ts';

/* A recipe that names programs, servers or a cluster is run in VS Code only after that was agreed to, once for each such set. */

const allowedKey = 'recipes.allowed';

/** @param memento of the workspace. @returns whether nothing has to be agreed to, or it was, before or now */
export async function agreedToRecipe(memento: Memento, recipe: ParsedRecipe): Promise<boolean> {
  const lines = outwardLines(recipe);
  if (lines.length === 0) return true;
  const key = JSON.stringify(lines);
  const before = memento.get<unknown>(allowedKey);
  const allowed = Array.isArray(before) ? before.filter((each): each is string => typeof each === 'string') : [];
  if (allowed.includes(key)) return true;
  const chosen = await window.showQuickPick<{ label: string; detail: string; agreed: boolean }>(
    [
      { label: 'Do Not Run It', detail: 'Nothing is begun', agreed: false },
      { label: 'Run the Recipe', detail: notice(lines.join('; ')), agreed: true },
    ],
    {
      title: 'This recipe names what runs with your rights, or where prompts go; asked once',
      ignoreFocusOut: true,
    },
  );
  if (chosen?.agreed !== true) return false;
  await memento.update(allowedKey, [...allowed, key].slice(-20));
  return true;
}
