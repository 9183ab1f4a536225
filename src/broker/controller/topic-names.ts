/** The topic that holds Kafka's own metadata log; nobody may create it. */
export const CLUSTER_METADATA_TOPIC = '__cluster_metadata'

const LONGEST_NAME = 249
const LEGAL_NAME = /^[a-zA-Z0-9._-]+$/

/** What is wrong with a topic's name, in Kafka's words (`Topic.validate`); undefined when it is a good one. */
export function invalidTopicName(name: string): string | undefined {
  const reason = whyInvalid(name)
  return reason === undefined ? undefined : `Topic name is invalid: ${reason}`
}

function whyInvalid(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed'
  if (name === '.' || name === '..') return `'${name}' is not allowed`
  if (name.length > LONGEST_NAME) {
    return `the length of '${name}' is longer than the max allowed length ${LONGEST_NAME}`
  }
  if (!LEGAL_NAME.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  }
  return undefined
}

/** Names that differ only in '.' and '_' would have the same metrics in Kafka, which refuses the second one. */
export class TopicNames {
  private readonly byMetricName = new Map<string, Set<string>>()

  add(name: string): void {
    if (!canCollide(name)) return
    const metricName = metricNameOf(name)
    const names = this.byMetricName.get(metricName) ?? new Set()
    this.byMetricName.set(metricName, names.add(name))
  }

  delete(name: string): void {
    const metricName = metricNameOf(name)
    const names = this.byMetricName.get(metricName)
    if (names?.delete(name) && names.size === 0) this.byMetricName.delete(metricName)
  }

  /** The topic that a new one of this name would collide with. */
  colliding(name: string): string | undefined {
    if (!canCollide(name)) return undefined
    return this.byMetricName.get(metricNameOf(name))?.values().next().value
  }
}

function canCollide(name: string): boolean {
  return name.includes('.') || name.includes('_')
}

function metricNameOf(name: string): string {
  return name.replaceAll('.', '_')
}
