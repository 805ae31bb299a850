// Stands in the bundles for what the Hub's client cuts files by under the Xet protocol, which is not asked for (src/run/push/push.ts): what is
// not used is not shipped.
function unused() {
  throw new Error('Xet is not shipped.');
}

export class MerkleHashSubtree {
  constructor() {
    unused();
  }
}
export {
  unused as createChunker,
  unused as fileHash,
  unused as finalize,
  unused as hashToHex,
  unused as hexToBytes,
  unused as hmac,
  unused as nextBlock,
  unused as verificationHash,
  unused as xorbHash,
};
