import { ScoreFile } from '../../engine/work/scoreFile.ts';
import type { RunTargets } from '../attribution/runTargets.ts';
import { StagedScores } from '../attribution/stagedScores.ts';
import type { ScoreSink } from './shardAttribution.ts';

/* The score file of a run that is merged: the same file as one process makes, its rows out of partials. */

export class MergedScores implements ScoreSink {
  readonly #staged: StagedScores;
  readonly #file: ScoreFile;
  #open = true;

  private constructor(staged: StagedScores, neurons: number) {
    this.#staged = staged;
    this.#file = new ScoreFile(staged.stagedPath, staged.dataStart, neurons);
  }

  /** The caller must hold its lock. @throws as `StagedScores.open` */
  static async open(path: string, targets: RunTargets, neurons: number): Promise<MergedScores> {
    const staged = await StagedScores.open(path, targets, neurons);
    try {
      return new MergedScores(staged, neurons);
    } catch (error) {
      staged.close();
      throw error;
    }
  }

  /** @param scores F32 `[neurons]` @throws InputError when the disk is full */
  write(target: number, scores: Float32Array): void {
    this.#file.write(target, scores);
  }

  /** Gives the file its name, once all is written. @throws as `StagedScores.publish` */
  async publish(replace: boolean): Promise<void> {
    this.close();
    await this.#staged.publish(replace);
  }

  /** Once the record is written. */
  done(): Promise<void> {
    return this.#staged.done();
  }

  /** Takes the name back when merging failed after all. */
  takeBack(): Promise<void> {
    return this.#staged.takeBack();
  }

  /** Once closed, closing again does nothing. */
  close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }

  /** Lets go of the file, finished or not. */
  end(): void {
    this.close();
    this.#staged.close();
  }
}
