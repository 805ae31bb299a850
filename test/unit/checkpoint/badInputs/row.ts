/** A bad input and the exact message that a user gets for it. */
export interface BadInput {
  readonly what: string;
  /** Builds the input in an empty folder and reads it. */
  readonly read: (folder: string) => Promise<unknown>;
  /** `DIR` stands for the folder. */
  readonly message: string;
}
