import { commands, type ExtensionContext, window } from 'vscode';
import { showDevices } from './views/showDevices.ts';

/** Registrations only; what they do lives in `views/`. */
export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel('Rejuvenation', { log: true });
  context.subscriptions.push(
    log,
    commands.registerCommand('rejuvenation.showDevices', () => showDevices(log)),
  );
}
