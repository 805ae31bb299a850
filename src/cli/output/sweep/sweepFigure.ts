import type { SweepRecord } from '../../../record/sweep/sweepRecord.ts';
import { sampledTradeOff, teacherForcedTradeOff } from '../../../record/sweep/tradeOff.ts';
import { element } from './svg.ts';
import { black, legend } from './sweepMarks.ts';
import { panelSize, tradeOffPanel } from './tradeOffPanel.ts';

/* A sweep as a figure in a file of its own. */

/** Room for the longest entry in a font of one width a character too. */
const legendWidth = 326;

/**
 * A whole SVG document: what teacher forcing measured and, where every point was sampled, a second panel of that. What
 * records hold of text is in it as text alone.
 */
export function sweepFigure(record: SweepRecord): string {
  const sampled = sampledTradeOff(record);
  const panels = [teacherForcedTradeOff(record), ...(sampled === undefined ? [] : [sampled])];
  const width = panels.length * panelSize.width + legendWidth;
  const { height } = panelSize;
  const content = [
    element('rect', { width, height, fill: '#ffffff' }),
    ...panels.map((tradeOff, i) =>
      element(
        'g',
        { transform: `translate(${i * panelSize.width} 0)` },
        `\n${tradeOffPanel(record, tradeOff).join('\n')}\n`,
      ),
    ),
    ...legend(record, panels.length * panelSize.width + 14, 36),
  ];
  const style = { 'font-family': 'system-ui, sans-serif', 'font-size': '12px', fill: black };
  const size = { viewBox: `0 0 ${width} ${height}`, width, height };
  const drawing = element('g', style, `\n${content.join('\n')}\n`);
  return `${element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...size }, drawing)}\n`;
}
