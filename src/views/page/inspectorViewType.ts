/** View type of the editor for `*.rejuvenation.json`, as in package.json. */
export const inspectorViewType = 'rejuvenation.inspector';
