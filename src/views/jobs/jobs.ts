import {
  commands,
  type Disposable,
  type LogOutputChannel,
  type Progress,
  ProgressLocation,
  StatusBarAlignment,
  type StatusBarItem,
  window,
} from 'vscode';
import { startEngine } from '../../engine/process/client.ts';
import { Interrupted } from '../../errors.ts';
import { shortened } from '../../files/reading/shown.ts';
import { planText } from '../../run/progress/planText.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { deviceText, type RunEvent } from '../../run/progress/runEvents.ts';
import { messageOf, notice } from './messageOf.ts';
import { ProgressText } from './progressText.ts';

/* Runs one long job at a time, with progress that is shown and can be cancelled. */

/** Context key: a job is running. */
const runningKey = 'rejuvenation.running';

/** Characters of an error with its stack. */
const longestLogged = 8000;

/** What is said after that a job was stopped, and offered. */
export interface Stopped {
  readonly text: string;
  readonly action?: string;
  readonly act?: () => unknown;
}

/**
 * Runs one long job at a time, with a notification that can be cancelled, a status bar item and the log. A failure is
 * shown as the sentence it carries; what was finished is kept by the run itself.
 */
export class Jobs implements Disposable {
  readonly #log: LogOutputChannel;
  readonly #status: StatusBarItem;
  #running: AbortController | undefined;

  constructor(log: LogOutputChannel) {
    this.#log = log;
    this.#status = window.createStatusBarItem('rejuvenation.job', StatusBarAlignment.Left);
    this.#status.name = 'Rejuvenation';
    this.#status.command = 'rejuvenation.showLog';
  }

  dispose(): void {
    this.#running?.abort();
    this.#status.dispose();
  }

  cancel(): void {
    this.#running?.abort();
  }

  /**
   * @param named the job, for people
   * @param stopped what is said after that it was stopped
   * @returns the job's result; undefined when it failed or was stopped, which the user has then been told
   */
  async run<Result>(
    named: string,
    job: (context: RunContext) => Promise<Result>,
    stopped: Stopped = { text: 'Start it again to go on from what was finished.' },
  ): Promise<Result | undefined> {
    const title = notice(named);
    if (this.#running !== undefined) {
      void window.showWarningMessage('Rejuvenation is busy with another job. Cancel it, or wait until it is done.');
      return undefined;
    }
    const controller = new AbortController();
    this.#running = controller;
    await commands.executeCommand('setContext', runningKey, true);
    this.#log.info(title);
    try {
      return await window.withProgress(
        { location: ProgressLocation.Notification, title, cancellable: true },
        (progress, token) => {
          token.onCancellationRequested(() => controller.abort());
          return job({ startEngine, signal: controller.signal, onEvent: this.#listener(title, progress) });
        },
      );
    } catch (error) {
      this.#tell(title, error, stopped);
      return undefined;
    } finally {
      this.#running = undefined;
      this.#status.hide();
      await commands.executeCommand('setContext', runningKey, false);
    }
  }

  #tell(title: string, error: unknown, { text, action, act }: Stopped): void {
    if (error instanceof Interrupted) {
      this.#log.info(`${title}: stopped.`);
      const message = `${title} was stopped. ${text}`;
      void window.showInformationMessage(message, ...(action === undefined ? [] : [action])).then((chosen) => {
        if (chosen !== undefined) act?.();
      });
      return;
    }
    const lines = (error instanceof Error && error.stack) || messageOf(error);
    this.#log.error(shortened(lines, longestLogged));
    void window.showErrorMessage(messageOf(error), 'Show Log').then((chosen) => {
      if (chosen !== undefined) this.#log.show();
    });
  }

  #listener(title: string, progress: Progress<{ message?: string; increment?: number }>): (event: RunEvent) => void {
    const text = new ProgressText();
    let shown = 0;
    this.#status.tooltip = title;
    this.#status.text = '$(sync~spin) Rejuvenation';
    this.#status.show();
    return (event) => {
      this.#record(event);
      const next = text.next(event, performance.now());
      if (next === undefined) return;
      const percent = Math.floor(100 * (next.fraction ?? 0));
      // The bar counts the phase at hand; a new phase begins at the left again.
      const increment = event.type === 'phase' ? -shown : percent - shown;
      shown = event.type === 'phase' ? 0 : percent;
      progress.report({ message: next.text, increment });
      this.#status.text = `$(sync~spin) Rejuvenation: ${next.phase}${next.fraction === undefined ? '' : ` ${percent} %`}`;
    };
  }

  #record(event: RunEvent): void {
    switch (event.type) {
      case 'phaseDone':
        this.#log.info(`${event.phase}: ${event.seconds.toFixed(2)} s`);
        return;
      case 'device':
        for (const { device, reason } of event.refused)
          this.#log.info(notice(`device ${device} is not available: ${reason}`));
        this.#log.info(`device: ${deviceText(event)}`);
        return;
      case 'plan':
        this.#log.info(`plan: ${planText(event.plan)}`);
        break;
      case 'note':
        this.#log.info(notice(event.text));
        return;
      case 'warning':
        this.#log.warn(notice(event.text));
    }
  }
}
