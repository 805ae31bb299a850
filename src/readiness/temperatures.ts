/**
 * At which temperatures answers are sampled, and how many at each.
 */

/** What is sampled of each prompt. */
export interface Sampled {
  /** Answers where they can differ. */
  readonly samples: number;
  /** That of RL's rollouts. */
  readonly temperature: number;
  /** That of evaluations: sampled at too, where it is another. */
  readonly evalTemperature?: number | undefined;
}

/** That of RL's rollouts first. */
export function temperaturesOf({ temperature, evalTemperature = temperature }: Omit<Sampled, 'samples'>): number[] {
  return evalTemperature === temperature ? [temperature] : [temperature, evalTemperature];
}

/** Answers to each prompt at a temperature: greedy ones are all the same. */
export function answersAt(temperature: number, { samples }: Pick<Sampled, 'samples'>): number {
  return temperature === 0 ? 1 : samples;
}
