import { color, interpolateCividis, interpolateMagma, lab } from 'd3';

/** The theme as colours that numbers are drawn in need it; everything else follows CSS variables by itself. */
export interface Theme {
  readonly dark: boolean;
  readonly highContrast: boolean;
  readonly background: string;
  readonly foreground: string;
}

export function currentTheme(): Theme {
  const { classList } = document.body;
  const style = getComputedStyle(document.body);
  const variable = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  const highContrast = classList.contains('vscode-high-contrast') || classList.contains('vscode-high-contrast-light');
  const dark =
    classList.contains('vscode-dark') ||
    (classList.contains('vscode-high-contrast') && !classList.contains('vscode-high-contrast-light'));
  return {
    dark,
    highContrast,
    background: variable('--vscode-editor-background', dark ? '#1f1f1f' : '#ffffff'),
    foreground: variable('--vscode-editor-foreground', dark ? '#cccccc' : '#3b3b3b'),
  };
}

/** Calls back when the theme changes: VS Code rewrites the body's class and the root's variables. */
export function onThemeChange(callback: () => void): void {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}

/**
 * A perceptually even scale for 0…1 whose high end stands out: bright on dark, dark on light. Cividis reads the same
 * to people with and without colour vision deficiency (doi:10.1371/journal.pone.0199239).
 */
export function sequential(t: number, { dark }: Theme): string {
  const at = Math.min(Math.max(t, 0), 1);
  return interpolateCividis(dark ? at : 1 - at);
}

/** For backgrounds of running text: 0 is the editor's own background, so that sure tokens stay calm. */
export function highlight(t: number, { dark }: Theme): string {
  const at = Math.min(Math.max(t, 0), 1);
  return interpolateMagma(dark ? 0.12 + 0.78 * at : 1 - 0.72 * at);
}

/** Black or white, whichever is read better on a colour. */
export function textOn(background: string): string {
  return lab(color(background) ?? color('white')!).l > 54 ? '#000000' : '#ffffff';
}
