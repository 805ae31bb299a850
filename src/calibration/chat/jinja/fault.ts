/** Why a template cannot be compiled or rendered: a clause without a full stop, and the template's line where known. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
  /** 1-based line of the template. */
  line: number | undefined;
  /** The template itself refuses the conversation by `raise_exception`. */
  readonly raised: boolean;

  constructor(clause: string, line?: number, raised = false) {
    super(clause);
    this.line = line;
    this.raised = raised;
  }
}
