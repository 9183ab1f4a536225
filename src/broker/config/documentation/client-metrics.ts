/** A sentence for each config of a subscription to the metrics of clients (KIP-714). */
export function clientMetricsDocumentation(): Readonly<Record<string, string>> {
  return {
    metrics: 'The prefixes of the metrics that clients are asked to push; an empty one asks for all.',
    'interval.ms': 'How many milliseconds lie between two pushes of a client.',
    match: 'Which clients are asked: a list of attribute=regular expression, all of which have to match.',
  }
}
