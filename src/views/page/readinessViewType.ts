/** View type of the editor for `*.readiness.json`, as in package.json. */
export const readinessViewType = 'rejuvenation.readiness';
