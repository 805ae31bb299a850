import { Format, Presets, SingleBar } from 'cli-progress';
import type { Phase } from '../../record/phases.ts';
import { planText } from '../../run/progress/planText.ts';
import { deviceText, type RunEvent } from '../../run/progress/runEvents.ts';
import { timeLeft } from '../../run/progress/timeLeft.ts';
import { showBytes } from '../../settings/memorySize.ts';
import { printable } from './printable.ts';

/* Shows the progress of a run: a bar for each phase on a terminal, plain lines elsewhere. */

/** Where progress goes: standard error, so that standard output holds results alone. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** Without a terminal a long phase says where it is this often, milliseconds. */
const lineInterval = 10_000;

type Progress = Extract<RunEvent, { type: 'progress' }>;

function showSeconds(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(2)} s` : `${seconds.toFixed(1)} s`;
}

/** Shows a run's events: a bar for each phase on a terminal, plain lines otherwise. */
export class ProgressView {
  readonly #stream: ProgressStream;
  #bar: SingleBar | undefined;
  #lastLine = Date.now();
  /** When the phase began. Previews and plans read their files in none: then when the view was made. */
  #since = this.#lastLine;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  /** To be handed around as a listener. */
  readonly onEvent = (event: RunEvent): void => {
    switch (event.type) {
      case 'phase':
        this.#begin(event.phase);
        break;
      case 'progress':
        this.#progress(event);
        break;
      case 'phaseDone':
        this.#stopBar();
        this.#line(`${event.phase}: ${showSeconds(event.seconds)}`);
        break;
      case 'device':
        for (const { device, reason } of event.refused) this.#line(`device ${device} is not available: ${reason}`);
        this.#line(`device: ${deviceText(event)}`);
        break;
      case 'plan':
        this.#line(`plan: ${planText(event.plan)}`);
        break;
      case 'note':
        this.#line(`note: ${event.text}`);
        break;
      case 'warning':
        this.#line(`warning: ${event.text}`);
        break;
    }
  };

  /** Ends a bar that an error left standing. */
  stop(): void {
    this.#stopBar();
  }

  #begin(phase: Phase): void {
    this.#stopBar();
    this.#lastLine = Date.now();
    this.#since = this.#lastLine;
    if (this.#stream.isTTY !== true) return;
    this.#bar = new SingleBar(
      {
        stream: this.#stream,
        format: `${phase.padEnd(12)} {bar} {percentage}% {detail}`,
        formatBar: Format.BarFormat,
        hideCursor: true,
        clearOnComplete: true,
        // One update for each of thousands of steps would redraw more than it computes.
        fps: 10,
      },
      Presets.shades_classic,
    );
    this.#bar.start(1, 0, { detail: '' });
  }

  #progress({ phase, done, total, unit }: Progress): void {
    const amount =
      unit === 'bytes' ? `${showBytes(done)} of ${showBytes(total)}` : `${Math.floor(done)} of ${total} ${unit}`;
    const left = timeLeft(done / Math.max(total, 1), (Date.now() - this.#since) / 1000);
    const detail = left === undefined ? amount : `${amount}, ${left} left`;
    if (this.#bar !== undefined) {
      this.#bar.setTotal(Math.max(total, 1));
      this.#bar.update(done, { detail });
    } else if (Date.now() - this.#lastLine >= lineInterval) {
      this.#lastLine = Date.now();
      this.#line(`${phase}: ${detail}`);
    }
  }

  #stopBar(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  /** One line; a bar that stands gives way and is drawn again below. */
  #line(text: string): void {
    if (this.#bar !== undefined) this.#stream.write('\r\u001b[K');
    this.#stream.write(`${printable(text)}\n`);
  }
}
