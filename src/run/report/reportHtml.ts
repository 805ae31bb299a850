import { type ReportContent, reportParts } from '../../protocol/report.ts';
import { recordSuffix } from '../../record/run/recordPaths.ts';
import { htmlText } from './htmlText.ts';
import { inlineScript, inlineStyle } from './pageParts.ts';

/* The HTML of a report: one file that loads nothing and sends nothing. */

/** JSON that cannot end the element it stands in. */
function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** What the head of a report says besides the record's own facts. */
export interface ReportNotes {
  readonly textLeftOut: boolean;
  /** How far numbers were rounded, in words; undefined where they are exact. */
  readonly rounding: string | undefined;
}

/** Everything but the arrays, in two halves: they go in between. */
export async function reportHtml(
  content: ReportContent,
  { textLeftOut, rounding }: ReportNotes,
): Promise<readonly [before: string, after: string]> {
  const [style, host, page] = await Promise.all([
    inlineStyle('inspector.css', 'report.css'),
    inlineScript('report.js'),
    inlineScript('inspector.js'),
  ]);
  const { settings, reset, run, program } = content.record;
  const name = content.path.slice(0, -recordSuffix.length);
  const policy = [
    "default-src 'none'",
    `script-src ${host.source} ${page.source}`,
    `style-src ${style.source}`,
    'img-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const facts = [
    `ρ ${percent(settings.rho)} (${settings.rho})`,
    `α ${settings.alpha}`,
    `${percent(reset.neuronRatio)} of neurons reset`,
    ...(textLeftOut ? ["the calibration's text was left out"] : []),
    ...(rounding === undefined ? [] : [rounding]),
    `${program.name} ${program.version}`,
  ];
  const before = `<!DOCTYPE html>
<html lang="en"${textLeftOut ? ' data-text="left-out"' : ''}>
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${htmlText(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${htmlText(name)} – Rejuvenation Report</title>
<style>${style.text}</style>
</head>
<body class="vscode-light report">
<header class="report-head">
<p class="report-title">Rejuvenation Report: <bdi>${htmlText(name)}</bdi>, <time datetime="${htmlText(run.finished)}">${htmlText(run.finished.slice(0, 10))}</time></p>
<p class="report-facts">${htmlText(facts.join(' · '))}</p>
<button type="button" class="link" id="report-theme">Dark</button>
</header>
<main id="inspector" aria-busy="true"><noscript><p>This report is drawn by the script inside it: allow scripts for this file.</p></noscript></main>
<script type="application/json" id="${reportParts.record}">${embeddedJson(content)}</script>
<script type="text/plain" id="${reportParts.arrays}">`;
  const after = `</script>
<script type="module">${host.text}</script>
<script type="module">${page.text}</script>
</body>
</html>
`;
  return [before, after];
}
