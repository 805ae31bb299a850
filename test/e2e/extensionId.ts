/** `publisher.name` of the manifest. */
export const extensionId = 'rejuvenation-inspector.rejuvenation-inspector';
