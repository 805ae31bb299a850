import type { ReadinessAction, ReadinessRequest, ReadinessResults } from '../../../src/protocol/readiness.ts';
import type { HostConnection } from '../../page/hostConnection.ts';

/** The connection of the readiness page to the extension host. */
export type ReadinessHost = HostConnection<ReadinessRequest, ReadinessResults, ReadinessAction>;
