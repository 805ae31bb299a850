import { html } from '../page/dom.ts';

/* How wide a saved figure is: as it stands on the page, or laid out anew for one or two columns of a paper. */

export type PaperWidth = 'shown' | 'one' | 'two';

/** Columns of a paper, millimetres. */
export const columnWidths = { one: 85, two: 178 } as const;

/** How wide a figure is laid out, pixels: with its border 420 and 880, so that letters are as large in both, some 7 points. */
export const layoutWidths = { one: 400, two: 860 } as const;

const names: Readonly<Record<PaperWidth, string>> = { shown: 'as shown', one: '1 column', two: '2 columns' };
const isWidth = (text: string | null): text is PaperWidth => text !== null && text in names;
/** Where the choice is remembered. */
const key = 'rejuvenation.paperWidth';

let chosen: PaperWidth | undefined;

/** What was chosen last, on this page or an earlier one. */
export function paperWidth(): PaperWidth {
  if (chosen === undefined) {
    try {
      const kept = localStorage.getItem(key);
      chosen = isWidth(kept) ? kept : 'shown';
    } catch {
      // A page opened from a file may have no storage.
      chosen = 'shown';
    }
  }
  return chosen;
}

/** A choice of width beside the ways to save a figure; it is that of all figures. */
export function widthChoice(): HTMLSelectElement {
  const select = html('select', {
    class: 'paper-width',
    'aria-label': 'Width of saved figures',
    title: `Width of saved figures: one column of a paper is ${columnWidths.one} mm, two are ${columnWidths.two} mm; the figure is laid out for it`,
  });
  for (const [value, name] of Object.entries(names)) select.append(html('option', { value }, name));
  select.value = paperWidth();
  select.addEventListener('change', () => {
    if (!isWidth(select.value)) return;
    chosen = select.value;
    try {
      localStorage.setItem(key, chosen);
    } catch {
      // It is remembered as long as the page is there.
    }
    for (const other of document.querySelectorAll<HTMLSelectElement>('select.paper-width')) other.value = chosen;
  });
  return select;
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
/** Frames after which a figure that is still busy is taken as it is: some 5 s. */
const mostFrames = 300;

let before: Promise<unknown> = Promise.resolve();

/** Does something while a figure is laid out for a width, then gives it back its place; one after the other. */
export function laidOut<Result>(figure: HTMLElement, width: PaperWidth, work: () => Promise<Result>): Promise<Result> {
  const own = before.then(() => laidOutNow(figure, width, work));
  before = own.catch(() => undefined);
  return own;
}

async function laidOutNow<Result>(
  figure: HTMLElement,
  width: PaperWidth,
  work: () => Promise<Result>,
): Promise<Result> {
  if (width === 'shown') return work();
  const pixels = `${layoutWidths[width]}px`;
  const { minWidth, maxWidth, flex, justifySelf } = figure.style;
  const own = { width: figure.style.width, minWidth, maxWidth, flex, justifySelf };
  Object.assign(figure.style, {
    width: pixels,
    minWidth: pixels,
    maxWidth: pixels,
    flex: 'none',
    justifySelf: 'start',
  });
  try {
    // Its size is told in the first frame, and drawn then or, where that takes long, while it is busy.
    await frame();
    await frame();
    for (let i = 0; i < mostFrames && figure.querySelector('[aria-busy=true]') !== null; i++) await frame();
    return await work();
  } finally {
    Object.assign(figure.style, own);
  }
}
