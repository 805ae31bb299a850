import { QuickInputButtons, type QuickPickItem, window } from 'vscode';
import { messageOf } from '../jobs/messageOf.ts';

/* Asks the user a question in a list that also takes typed answers, as one step of several. */

/** One step of a question with several. */
export interface Step {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
}

export interface Choice<Value> extends QuickPickItem {
  readonly value: Value;
}

/** An answer, or that the user wants the step before. */
export type Answer<Value> = { readonly value: Value } | 'back';

/** A look at a choice that may take long. */
export interface Check {
  /** Aborted when the user gives up. */
  readonly signal: AbortSignal;
  /** From now on hiding the list gives up; until then a dialog in front of it may hide it. */
  begin(): void;
  /** Says how far it is, in the list's title. */
  tell(text: string): void;
}

interface AskOptions<Value> extends Step {
  readonly placeholder: string;
  readonly choices: readonly Choice<Value>[];
  /** Makes a choice of what was typed, if that can be one. */
  readonly typed?: (text: string) => Choice<Value> | undefined;
  /** Turns the choice into the answer; throws with a sentence to refuse it, undefined keeps the list open. */
  readonly accept: (value: Value, check: Check) => Promise<Value | undefined>;
}

/**
 * Asks for one of several choices, or something typed. A choice that is refused says why, in the list, which stays open.
 * @returns undefined when the user gave up
 */
export function ask<Value>(options: AskOptions<Value>): Promise<Answer<Value> | undefined> {
  const { choices, typed, accept, placeholder, step, title, totalSteps } = options;
  const pick = window.createQuickPick<QuickPickItem & { readonly value?: Value }>();
  Object.assign(pick, { title, step, totalSteps, placeholder, ignoreFocusOut: true, matchOnDescription: true });
  if (step > 1) pick.buttons = [QuickInputButtons.Back];
  let refusal: QuickPickItem | undefined;
  // What was typed, as a choice, until the window has shown it: Enter may be faster, and means it all the same.
  let own: Choice<Value> | undefined;
  let ownShown = false;
  const show = () => {
    own = typed?.(pick.value.trim());
    ownShown = false;
    pick.items = [...(refusal ? [refusal] : []), ...(own ? [{ ...own, alwaysShow: true }] : []), ...choices];
  };
  show();
  return new Promise((resolve) => {
    let settled = false;
    let giveUp: (() => void) | undefined;
    const settle = (answer: Answer<Value> | undefined) => {
      settled = true;
      resolve(answer);
      pick.dispose();
    };
    pick.onDidChangeValue(() => {
      refusal = undefined;
      show();
    });
    pick.onDidChangeActive((active) => {
      if (active.some((item) => item.label === own?.label)) ownShown = true;
    });
    pick.onDidTriggerButton(() => settle('back'));
    pick.onDidHide(() => {
      if (settled) return;
      giveUp?.();
      // A dialog opened from the list hides it for a while.
      if (pick.enabled || giveUp !== undefined) settle(undefined);
    });
    pick.onDidAccept(async () => {
      const chosen = own !== undefined && !ownShown ? own : pick.selectedItems[0];
      if (chosen === undefined || !('value' in chosen)) return;
      pick.busy = true;
      pick.enabled = false;
      const stop = new AbortController();
      const check: Check = {
        signal: stop.signal,
        begin() {
          giveUp = () => stop.abort();
          pick.show();
        },
        tell(text) {
          pick.title = `${title}: ${text}`;
        },
      };
      try {
        const value = await accept(chosen.value as Value, check);
        if (settled) return;
        if (value !== undefined) {
          settle({ value });
          return;
        }
        refusal = undefined;
      } catch (error) {
        if (settled) return;
        refusal = { label: '$(error) This cannot be used', detail: messageOf(error), alwaysShow: true };
      }
      giveUp = undefined;
      pick.title = title;
      pick.busy = false;
      pick.enabled = true;
      show();
      pick.show();
    });
    pick.show();
  });
}
