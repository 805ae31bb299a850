import type { Memento } from 'vscode';

/* Remembers the paths that were used lately, to offer them again. */

const kept = 6;

/** Paths that were used lately, newest first, kept for all workspaces of this machine. */
export class RecentPaths {
  readonly #memento: Memento;
  readonly #key: string;

  constructor(
    memento: Memento,
    what: 'base' | 'sft' | 'calibration' | 'checkpoint' | 'prompts' | 'rollouts' | 'endpoint',
  ) {
    this.#memento = memento;
    this.#key = `recent.${what}`;
  }

  get paths(): readonly string[] {
    const value: unknown = this.#memento.get(this.#key);
    return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
  }

  async add(path: string): Promise<void> {
    const others = this.paths.filter((each) => each !== path);
    await this.#memento.update(this.#key, [path, ...others].slice(0, kept));
  }
}
