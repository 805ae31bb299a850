import { shown } from '../../../files/reading/shown.ts';
import type { TokenizerFault } from '../tokenizerFault.ts';

/** A place in the regular expression of a file. */
export class PatternReader {
  at = 0;
  readonly source: string;
  private readonly fault: TokenizerFault;

  constructor(source: string, fault: TokenizerFault) {
    this.source = source;
    this.fault = fault;
  }

  get done(): boolean {
    return this.at >= this.source.length;
  }

  /** Whether the text comes next; nothing is read. */
  sees(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  /** Reads the text if it comes next. */
  take(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at += text.length;
    return true;
  }

  /** Reads what a sticky expression matches here; undefined, and nothing read, when it does not match. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.source);
    if (found === null) return undefined;
    this.at = expression.lastIndex;
    return found;
  }

  /** Reads one character. */
  character(): number {
    const point = this.source.codePointAt(this.at);
    if (point === undefined) throw this.unsupported();
    this.at += point > 0xffff ? 2 : 1;
    return point;
  }

  /** The fault that from here on (or from `at` on) the expression is not supported. */
  unsupported(at = this.at): Error {
    if (at >= this.source.length) return this.fault(`its regular expression ${shown(this.source)} ends too early`);
    return this.fault(`its regular expression is not supported from ${shown(this.source.slice(at))} on`);
  }
}
