import { html } from '../page/dom.ts';

/** A colour scale's legend: a bar of steps with its two ends, and what is measured. */
export function legend(label: string): {
  readonly element: HTMLElement;
  draw(colours: (t: number) => string, low: string, high: string): void;
} {
  const steps = Array.from({ length: 24 }, () => html('i', {}));
  const low = html('span', {});
  const high = html('span', {});
  return {
    element: html(
      'div',
      { class: 'legend', role: 'img', 'aria-label': `Colour scale: ${label}` },
      html('span', { class: 'muted' }, label),
      low,
      html('span', { class: 'ramp' }, ...steps),
      high,
    ),
    draw(colours, lowText, highText) {
      steps.forEach((step, i) => {
        step.style.backgroundColor = colours(i / (steps.length - 1));
      });
      low.textContent = lowText;
      high.textContent = highText;
    },
  };
}
