import { TemplateFault } from '../fault.ts';
import type { Budget } from '../values/budget.ts';

/** Characters (UTF-16 units) `start` up to, not including, `end`. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** What a template has written so far. */
export class Output {
  /** What was written within `{% generation %}`. */
  readonly generated: TextRange[] = [];
  private readonly parts: string[] = [];
  private length = 0;
  private readonly budget: Budget;
  /** The rendering's own text, rather than one that a macro or block is captured in. */
  private readonly whole: boolean;

  constructor(budget: Budget, whole = false) {
    this.budget = budget;
    this.whole = whole;
  }

  write(text: string): void {
    this.length += text.length;
    this.budget.check(this.length);
    this.budget.text(text.length);
    this.parts.push(text);
  }

  /** Writes what the assistant generates. */
  writeGenerated(text: string): void {
    if (!this.whole) {
      throw new TemplateFault(
        'its {% generation %} stands within a macro or a captured block, where it marks no place in the text',
      );
    }
    const start = this.length;
    this.write(text);
    this.generated.push({ start, end: this.length });
  }

  text(): string {
    return this.parts.join('');
  }
}
