import type { Memento } from 'vscode';
import { z } from 'zod';

/* Runs on a cluster that were followed in a workspace and whose end was not seen: a window that is closed leaves them going. */

const key = 'slurm.followed';
const most = 20;

const followedSchema = z.object({
  /** The run's folder, absolute. */
  folder: z.string(),
  /** For people: "Sweep of llama.rejuvenation.json". */
  named: z.string(),
  /** What is opened when it is done. */
  opens: z.object({ view: z.enum(['inspector', 'readiness']), path: z.string() }),
});

export type FollowedRun = z.infer<typeof followedSchema>;

/** Those of one workspace. */
export class FollowedRuns {
  readonly #memento: Pick<Memento, 'get' | 'update'>;

  constructor(memento: Pick<Memento, 'get' | 'update'>) {
    this.#memento = memento;
  }

  /** The latest first. */
  all(): readonly FollowedRun[] {
    const kept = this.#memento.get<unknown>(key);
    return (Array.isArray(kept) ? kept : []).flatMap((each) => {
      const parsed = followedSchema.safeParse(each);
      return parsed.success ? [parsed.data] : [];
    });
  }

  async keep(run: FollowedRun): Promise<void> {
    const others = this.all().filter(({ folder }) => folder !== run.folder);
    await this.#memento.update(key, [run, ...others].slice(0, most));
  }

  async forget(folder: string): Promise<void> {
    await this.#memento.update(
      key,
      this.all().filter((each) => each.folder !== folder),
    );
  }
}
