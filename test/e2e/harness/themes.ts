/** VS Code's own themes by the name in its list, each with the class that the window then has. */
export const themeClasses = {
  'Light Modern': 'vs',
  'Dark Modern': 'vs-dark',
  'Dark High Contrast': 'hc-black',
  'Light High Contrast': 'hc-light',
} as const;

export type ThemeName = keyof typeof themeClasses;
