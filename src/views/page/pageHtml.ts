import { randomBytes } from 'node:crypto';
import { htmlText } from '../../run/report/htmlText.ts';

/* The HTML that every page starts from, and what it may load (its content security policy). */

/** Where a page's two files are, as the webview can load them. */
export interface PageSources {
  readonly script: string;
  readonly style: string;
  /** What the webview may load from (`webview.cspSource`). */
  readonly cspSource: string;
}

/** Nothing remote, no inline script or style; `blob:` images are how a figure becomes a PNG. */
export function contentSecurityPolicy(cspSource: string, nonce: string): string {
  return [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} blob:`,
  ].join('; ');
}

/**
 * The page of a view. It holds no data: the page asks for what it shows.
 *
 * @param id of the element that the page's script draws into
 */
export function pageHtml({ script, style, cspSource }: PageSources, id: string, title: string): string {
  const nonce = randomBytes(16).toString('base64url');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${htmlText(contentSecurityPolicy(cspSource, nonce))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${htmlText(style)}">
<title>${htmlText(title)}</title>
</head>
<body>
<main id="${htmlText(id)}" aria-busy="true"></main>
<script type="module" nonce="${nonce}" src="${htmlText(script)}"></script>
</body>
</html>
`;
}
