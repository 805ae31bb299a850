import { messageOf } from '../jobs/messageOf.ts';

/** A record as an editor holds it: read, or refused with a reason. Knows neither VS Code nor the page. */
export class RecordDocument<Open> {
  readonly path: string;
  readonly #read: (path: string) => Promise<Open>;
  #open: Open | undefined;
  #refusal = 'The record has not been read yet.';
  #revision = 0;
  #reading = 0;

  constructor(path: string, read: (path: string) => Promise<Open>) {
    this.path = path;
    this.#read = read;
  }

  /** The record, when it could be read. */
  get open(): Open | undefined {
    return this.#open;
  }

  /** Why the record cannot be shown. */
  get refusal(): string {
    return this.#refusal;
  }

  /** Grows with every reading. */
  get revision(): number {
    return this.#revision;
  }

  /** The record. @throws Error with the refusal's sentence */
  get opened(): Open {
    if (this.#open === undefined) throw new Error(this.#refusal);
    return this.#open;
  }

  /**
   * Reads the files again; a record that cannot be read becomes a refusal, never an exception.
   *
   * @returns false when a later call overtook this one, which then decides
   */
  async load(): Promise<boolean> {
    const turn = ++this.#reading;
    let open: Open | undefined;
    let refusal = '';
    try {
      open = await this.#read(this.path);
    } catch (error) {
      refusal = messageOf(error);
    }
    if (turn !== this.#reading) return false;
    this.#open = open;
    this.#refusal = refusal;
    this.#revision++;
    return true;
  }
}
