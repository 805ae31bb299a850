/** View type of the editor for `*.comparison.json`, as in package.json. */
export const comparisonViewType = 'rejuvenation.comparison';
