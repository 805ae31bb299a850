import { html } from '../dom.ts';

/** How long a message stands, milliseconds. */
const shownFor = 6000;

/** The line beside a page's title that says what became of something, and is read out. */
export class StatusLine {
  readonly element = html('div', { class: 'status', role: 'status' });
  #silence: number | undefined;

  say(message: string): void {
    this.element.textContent = message;
    clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => {
      this.element.textContent = '';
    }, shownFor);
  }

  /** Says what came of some work, or why nothing did; nothing where the user thought better of it. */
  async tell(work: () => Promise<string | undefined>): Promise<void> {
    try {
      const done = await work();
      if (done !== undefined) this.say(done);
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
  }

  dispose(): void {
    clearTimeout(this.#silence);
  }
}
