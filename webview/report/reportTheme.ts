/* The light and the dark theme of a report: light at first and on paper, whatever the system prefers. */

/** The variables follow the root's class, what figures draw follows the body's. */
function setDark(dark: boolean): void {
  document.documentElement.classList.toggle('dark', dark);
  document.body.classList.toggle('vscode-dark', dark);
  document.body.classList.toggle('vscode-light', !dark);
}

/** Makes a button change between the two. */
export function switchTheme(button: HTMLButtonElement): void {
  let dark = false;
  button.addEventListener('click', () => {
    dark = !dark;
    setDark(dark);
    button.textContent = dark ? 'Light' : 'Dark';
  });
  window.addEventListener('beforeprint', () => setDark(false));
  window.addEventListener('afterprint', () => setDark(dark));
}
