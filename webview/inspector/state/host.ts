import type {
  HostMessage,
  InspectorAction,
  InspectorCommand,
  InspectorRequest,
  InspectorResults,
  InspectorSelection,
  InspectorShown,
  InspectorSnapshot,
} from '../../../src/protocol/inspector.ts';
import { HostConnection } from '../../page/hostConnection.ts';
import type { MeasuringMessage } from './measurements.ts';

/* The connection of the inspector's page to the extension host. */

export interface HostEvents {
  readonly onSnapshot: (snapshot: InspectorSnapshot) => void;
  readonly onSelect: (selection: InspectorSelection) => void;
  readonly onCommand: (command: InspectorCommand) => void;
  readonly onMeasuring: (message: MeasuringMessage) => void;
}

/** The inspector's side of the extension host. */
export class Host extends HostConnection<InspectorRequest, InspectorResults, InspectorAction> {
  constructor({ onSnapshot, onSelect, onCommand, onMeasuring }: HostEvents) {
    super((received) => {
      const message = received as HostMessage | undefined;
      if (message?.type === 'snapshot') onSnapshot(message.snapshot);
      else if (message?.type === 'select') onSelect(message.selection);
      else if (message?.type === 'command') onCommand(message.command);
      else if (message?.type === 'sweepsChanged' || message?.type === 'job' || message?.type === 'point')
        onMeasuring(message);
    });
  }

  /** Says what the user selected. */
  selected(selection: InspectorSelection): void {
    this.post({ type: 'select', selection });
  }

  /** Says what the page shows. */
  shown(shown: InspectorShown): void {
    this.post({ type: 'shown', shown });
  }
}
