import type { ComparedFiles } from '../../comparison/comparedFiles.ts';
import { tensorSpectrum } from '../../comparison/spectrum/tensorSpectrum.ts';
import type { ComparisonResults } from '../../protocol/comparison.ts';
import type { ComparisonRecord } from '../../record/comparison/comparisonRecord.ts';

type Spectrum = ComparisonResults['spectrum'];

/** The spectra that an open comparison's pages asked for: computed once, and stopped when nobody waits. */
export class Spectra {
  readonly #compared: () => { readonly record: ComparisonRecord; readonly files: ComparedFiles };
  readonly #known = new Map<string, Promise<Spectrum>>();
  #stop = new AbortController();

  /** @param compared the open record, and the files behind it */
  constructor(compared: () => { readonly record: ComparisonRecord; readonly files: ComparedFiles }) {
    this.#compared = compared;
  }

  /** @throws as {@link tensorSpectrum}; what failed is tried again when it is asked for again */
  of(pair: number, tensor: number): Promise<Spectrum> {
    const key = `${pair} ${tensor}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { record, files } = this.#compared();
    const found = tensorSpectrum(record, files, { pair, tensor }, this.#stop.signal);
    this.#known.set(key, found);
    found.catch(() => {
      if (this.#known.get(key) === found) this.#known.delete(key);
    });
    return found;
  }

  /** Stops what is being computed. */
  stop(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
  }

  /** For another record: nothing of this one counts. */
  forget(): void {
    this.stop();
    this.#known.clear();
  }
}
