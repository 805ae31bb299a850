/**
 * What ends `rejuvenate readiness` when a checkpoint does not meet its conditions: the result has been printed, and the exit code says
 * so. Nothing has failed.
 */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}
