import type { ComparisonAction, ComparisonRequest, ComparisonResults } from '../../../src/protocol/comparison.ts';
import type { HostConnection } from '../../page/hostConnection.ts';

/** The connection of the comparison's page to the extension host. */
export type ComparisonHost = HostConnection<ComparisonRequest, ComparisonResults, ComparisonAction>;
