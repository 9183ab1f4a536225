/**
 * SASL of before KIP-152: after SaslHandshake v0 tokens are sent without a header, each after its length, and nothing tells which is the last. So
 * many exchanges it takes by mechanism.
 */
const EXCHANGES: { readonly [mechanism: string]: number } = {
  PLAIN: 1,
  OAUTHBEARER: 1,
  'SCRAM-SHA-256': 2,
  'SCRAM-SHA-512': 2,
}

/** How many exchanges of bare tokens follow a SaslHandshake v0; undefined: it cannot be told (GSSAPI). */
export function bareExchanges(mechanism: string): number | undefined {
  return EXCHANGES[mechanism]
}
