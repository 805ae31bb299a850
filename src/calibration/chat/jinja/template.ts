import { TemplateFault } from './fault.ts';
import { globals } from './library/globals.ts';
import { Evaluator } from './render/expressions.ts';
import type { TextRange } from './render/output.ts';
import { Runner } from './render/statements.ts';
import { namesOf } from './syntax/names.ts';
import { parseTemplate } from './syntax/statements.ts';
import type { Body } from './syntax/tree.ts';
import { Budget } from './values/budget.ts';
import type { Value } from './values/values.ts';

/** Longer than any chat template by two orders of magnitude. */
const longest = 1_000_000;

export interface Rendering {
  readonly text: string;
  /** What was written within `{% generation %}`, in the order of the text. */
  readonly generated: readonly TextRange[];
}

/**
 * A Jinja template as transformers compiles chat templates: Jinja 3.1's immutable sandbox with `trim_blocks`, `lstrip_blocks`,
 * `{% break %}`, `{% continue %}` and `{% generation %}`. It reaches nothing but the values it is given.
 */
export class Template {
  /** Names that it reads anywhere. */
  readonly reads: ReadonlySet<string>;
  private readonly body: Body;

  /** @throws TemplateFault when it does not compile, or uses what is not supported */
  constructor(source: string) {
    if (source.length > longest) throw new TemplateFault(`it has more than ${longest.toLocaleString('en')} characters`);
    try {
      this.body = parseTemplate(source);
      this.reads = namesOf(this.body).reads;
    } catch (error) {
      if (error instanceof RangeError) throw new TemplateFault('it nests too deep');
      throw error;
    }
  }

  /**
   * @param now what `strftime_now` prints
   * @throws TemplateFault when it refuses the values, fails, or takes too much
   */
  render(variables: ReadonlyMap<string, Value>, now: Date): Rendering {
    const budget = new Budget();
    const evaluator = new Evaluator(budget, new Map([...globals(budget, now), ...variables]));
    try {
      const out = new Runner(evaluator).template(this.body);
      return { text: out.text(), generated: out.generated };
    } catch (error) {
      // What the budget lets through and JavaScript does not: a length or depth beyond its own bounds.
      if (error instanceof RangeError) throw new TemplateFault('it takes too much memory');
      throw error;
    }
  }
}
