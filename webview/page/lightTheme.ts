/* A light page for as long as it takes to make a file: a paper is white, whatever the editor's theme. */

/** What figures read of a theme. */
const variables: Readonly<Record<string, string>> = {
  foreground: '#222222',
  descriptionForeground: '#555555',
  'editor-background': '#ffffff',
  'editor-foreground': '#222222',
  'panel-border': '#d8d8d8',
  contrastBorder: '#d8d8d8',
  focusBorder: '#005fb8',
  'charts-blue': '#1a73d8',
  'charts-orange': '#c2670c',
  'editorWarning-foreground': '#a66f00',
  'textLink-foreground': '#005fb8',
  'scrollbarSlider-background': 'rgb(100 100 100 / 40%)',
};

const themeClasses = /\bvscode-(dark|light|high-contrast(-light)?)\b/g;

/**
 * Does something while the page is light, then gives it back its theme. Whoever follows the theme draws in between; the
 * screen does not, as long as `work` waits for nothing but promises.
 */
export async function inLightTheme<Result>(work: () => Result): Promise<Result> {
  const { body } = document;
  const own = body.className;
  const sheet = new CSSStyleSheet();
  const rules = Object.entries(variables).map(([name, value]) => `--vscode-${name}: ${value} !important;`);
  sheet.replaceSync(`:root { ${rules.join(' ')} }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  try {
    body.className = `${own.replace(themeClasses, '')} vscode-light`.trim();
    // Observers of the body's class are told before this goes on.
    await Promise.resolve();
    return work();
  } finally {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    body.className = own;
  }
}
