import { ChangedInput } from '../files/reading/fileIdentity.ts';

/* Reading what other processes of this program may replace meanwhile. */

/** Far more than commits of one record that end in the time of one reading. */
const mostTries = 50;

/**
 * Reads a record, or a part of it, again when somebody replaced it while it was read: commits and verifications do, each as
 * a whole, so that what is read in the end is one of them.
 *
 * @throws ChangedInput when it never keeps still, and whatever the reading throws
 */
export async function untilStill<Read>(read: () => Promise<Read>): Promise<Read> {
  for (let tries = 1; ; tries++) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ChangedInput) || tries === mostTries) throw error;
    }
  }
}
