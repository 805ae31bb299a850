export function sweepFigure(_record: unknown): string {
  return '<svg/>';
}
