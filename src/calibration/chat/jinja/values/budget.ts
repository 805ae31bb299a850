import { TemplateFault } from '../fault.ts';

/** Steps that one rendering may take: hundreds of times what a conversation of a thousand messages takes. */
const mostSteps = 20_000_000;
/** Characters (UTF-16 units) of any text, items of any list. */
const mostCharacters = 8_000_000;
const mostItems = 1_000_000;
const deepest = 400;

/**
 * Bounds one rendering of an untrusted template in time, memory and depth. Steps are counted, not seconds, so that a
 * conversation is refused on every machine or on none.
 */
export class Budget {
  private steps = mostSteps;
  private depth = 0;

  /** @throws TemplateFault when the template has taken all its steps */
  spend(steps = 1): void {
    this.steps -= steps;
    if (this.steps < 0) throw new TemplateFault(`it takes more than ${mostSteps.toLocaleString('en')} steps`);
  }

  /** Charges for a text of that length about to be made or gone through. */
  text(length: number): void {
    this.check(length);
    this.spend(1 + length / 64);
  }

  /** @throws TemplateFault for a text longer than any may be */
  check(length: number): void {
    if (length > mostCharacters) {
      throw new TemplateFault(`it writes a text of more than ${mostCharacters.toLocaleString('en')} characters`);
    }
  }

  /** Charges for a list of that many items about to be made. */
  items(count: number): void {
    if (count > mostItems)
      throw new TemplateFault(`it makes a list of more than ${mostItems.toLocaleString('en')} items`);
    this.spend(1 + count / 8);
  }

  /** Runs `work` one level deeper. */
  nested<T>(work: () => T): T {
    if (++this.depth > deepest) throw new TemplateFault(`it nests more than ${deepest} levels deep`);
    try {
      return work();
    } finally {
      this.depth--;
    }
  }
}
