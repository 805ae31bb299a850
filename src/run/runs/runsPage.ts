import { escapeHidden } from '../../files/reading/shown.ts';
import { htmlText } from '../report/htmlText.ts';
import { inlinePart } from '../report/pageParts.ts';
import type { RunPair, RunsComparison } from './compareRuns.ts';

/* The page of a comparison of runs: tables, the overlap by layer and module, best ranks against each other. No script. */

const style =
  inlinePart(`body{margin:24px auto;max-width:1100px;padding:0 16px;font:14px/1.45 system-ui,sans-serif;color:#222;background:#fff}
table{border-collapse:collapse}th,td{padding:2px 12px 2px 0;text-align:left;font-variant-numeric:tabular-nums}td,th+th{text-align:right}tbody th{font-weight:normal;overflow-wrap:anywhere;min-width:120px}
h1{font-size:20px}h2{font-size:16px;margin-top:32px}h3{font-size:14px}h2{overflow-wrap:anywhere}p{color:#555}svg{display:block}svg text{font:12px system-ui,sans-serif}.wide{overflow-x:auto}
@media print{.wide{overflow:visible}figure{break-inside:avoid}}figure{margin:0 0 16px}`);

const share = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(3));

/** Up to here black is read better on a {@link colour}, beyond it white: at least 4.5 to 1 each. */
const lastBlack = 0.656;

/** What is wider than the window is scrolled, by keys too. @param name of what it holds, as HTML */
function wide(name: string, html: string): string {
  return `<div class="wide" role="group" aria-label="${name}" tabindex="0">${html}</div>`;
}

/** From white to dark blue. */
function colour(at: number): string {
  const mix = (low: number, high: number) => Math.round(low + (high - low) * Math.min(Math.max(at, 0), 1));
  return `rgb(${mix(255, 8)},${mix(255, 48)},${mix(255, 107)})`;
}

/** Jaccard of every module as a grid of layers by modules; chance stands in the cell's title. */
function overlapFigure({ modules }: RunPair, names: string): string {
  const projections = [...new Set(modules.map(({ projection }) => projection))];
  const layers = [...new Set(modules.map(({ layer }) => layer))];
  const [left, top, width, height] = [48, 24, 86, 20];
  const cells = modules.map(({ layer, projection, jaccard, chance, common, sizes, neurons }) => {
    const [x, y] = [left + projections.indexOf(projection) * width, top + layers.indexOf(layer) * height];
    const ink = (jaccard ?? 0) > lastBlack ? '#fff' : '#000';
    const title = `Layer ${layer} ${projection}: ${common} common of ${sizes[0]} and ${sizes[1]} of ${neurons}; Jaccard ${share(jaccard)}, by chance ${share(chance)}`;
    return (
      `<g><title>${title}</title><rect x="${x}" y="${y}" width="${width - 1}" height="${height - 1}" fill="${jaccard === undefined ? '#eeeeee' : colour(jaccard)}"/>` +
      `<text x="${x + width / 2}" y="${y + 14}" text-anchor="middle" fill="${ink}">${share(jaccard)}</text></g>`
    );
  });
  const heads = projections.map(
    (name, i) => `<text x="${left + (i + 0.5) * width}" y="16" text-anchor="middle">${name}</text>`,
  );
  const sides = layers.map(
    (layer, i) => `<text x="${left - 8}" y="${top + i * height + 14}" text-anchor="end">${layer}</text>`,
  );
  const [w, h] = [left + projections.length * width, top + layers.length * height];
  const name = `Jaccard index of ${names} by layer and module`;
  const svg = `<svg role="img" aria-label="${name}" width="${w}" height="${h}">${[...heads, ...sides, ...cells].join('')}</svg>`;
  return `<figure><h3>Jaccard index by layer and module</h3>${wide(name, svg)}</figure>`;
}

/** Best ranks of the two runs against each other, counted in powers of two. */
function ranksFigure({ ranks: { starts, counts } }: RunPair, names: readonly [string, string]): string {
  const size = 26;
  const [left, top] = [84, 24];
  const bins = counts.length;
  const most = Math.log1p(Math.max(...counts.flat(), 1));
  const label = (bin: number) => (bin < starts.length ? String(starts[bin]) : 'never');
  const cells = counts.flatMap((row, a) =>
    row.map((count, b) => {
      const [x, y] = [left + a * size, top + (bins - 1 - b) * size];
      const title = `${count} neurons: best rank from ${label(a)} and from ${label(b)}`;
      return `<g><title>${title}</title><rect x="${x}" y="${y}" width="${size - 1}" height="${size - 1}" fill="${colour(Math.log1p(count) / most)}" stroke="#dddddd" stroke-width="0.5"/></g>`;
    }),
  );
  const every = Math.max(1, Math.ceil(bins / 9));
  const ticks = counts.flatMap((_, bin) => {
    if (bin % every !== 0 && bin !== bins - 1) return [];
    return [
      `<text x="${left + (bin + 0.5) * size}" y="${top + bins * size + 16}" text-anchor="middle">${label(bin)}</text>`,
      `<text x="${left - 6}" y="${top + (bins - 0.5 - bin) * size + 4}" text-anchor="end">${label(bin)}</text>`,
    ];
  });
  const [w, h] = [left + bins * size + 40, top + bins * size + 40];
  const axes = [
    `<text x="${left + bins * size}" y="${h - 6}" text-anchor="end">best rank, first run</text>`,
    `<text x="0" y="12">best rank, second run</text>`,
  ];
  const name = `Best ranks in ${names[0]} and ${names[1]}`;
  const svg = `<svg role="img" aria-label="${name}" width="${w}" height="${h}">${[...cells, ...ticks, ...axes].join('')}</svg>`;
  const caption = `First run: <bdi>${names[0]}</bdi>, second run: <bdi>${names[1]}</bdi>.`;
  return `<figure><h3>Best ranks, neurons counted in powers of two (colour: logarithm)</h3>${wide(name, svg)}<figcaption>${caption}</figcaption></figure>`;
}

/** The whole page. */
export function runsPage({ runs, pairs }: RunsComparison): string {
  const names = runs.map(({ name }) => htmlText(escapeHidden(name)));
  const rows = runs.map(
    ({ rho, alpha, neurons }, i) =>
      `<tr><th scope="row"><bdi>${names[i]}</bdi></th><td>${rho}</td><td>${alpha}</td><td>${neurons}</td></tr>`,
  );
  const between = pairs.map(
    ({ runs: [a, b], whole, rankCorrelation, scoreCorrelation }) =>
      `<tr><th scope="row"><bdi>${names[a]}</bdi>, <bdi>${names[b]}</bdi></th><td>${whole.common}</td><td>${share(whole.jaccard)}</td><td>${share(whole.chance)}</td><td>${share(whole.chanceWithin)}</td><td>${share(rankCorrelation)}</td><td>${share(scoreCorrelation)}</td></tr>`,
  );
  const figures = pairs.map((pair) => {
    const own = [names[pair.runs[0]]!, names[pair.runs[1]]!] as const;
    return `<h2><bdi>${own[0]}</bdi> and <bdi>${own[1]}</bdi></h2>${overlapFigure(pair, own.join(' and '))}${ranksFigure(pair, own)}`;
  });
  const runTable = `<table><thead><tr><th scope="col">run</th><th scope="col">ρ</th><th scope="col">α</th><th scope="col">neurons reset</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  const pairTable = `<table><thead><tr><th scope="col">runs</th><th scope="col">common</th><th scope="col">Jaccard</th><th scope="col">by chance</th><th scope="col">by chance within modules</th><th scope="col">best ranks</th><th scope="col">mean scores</th></tr></thead><tbody>${between.join('')}</tbody></table>`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${style.source}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Compared Runs: ${names.join(', ')}</title>
<style>${style.text}</style>
</head>
<body>
<main>
<h1>Which neurons ${runs.length} runs select</h1>
${wide('Runs', runTable)}
<h2>Two by two</h2>
<p>Jaccard: neurons in both reset sets over neurons in either; by chance: the same of random sets of these sizes, spread over all neurons, and within modules with as many in each module as the runs have. Correlations over all neurons: Spearman of best ranks, those never ranked last; Pearson of mean scores.</p>
${wide('Runs two by two', pairTable)}
${figures.join('\n')}
</main>
</body>
</html>
`;
}
