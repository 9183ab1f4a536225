import { ConfigResourceType } from './config-resource-type.ts'
import { brokerDocumentation } from './documentation/broker.ts'
import { clientMetricsDocumentation } from './documentation/client-metrics.ts'
import { groupDocumentation } from './documentation/group.ts'
import { topicDocumentation } from './documentation/topic.ts'

const documentations: ReadonlyMap<number, (name: string) => string | undefined> = new Map([
  [ConfigResourceType.TOPIC, (name: string) => find(topicDocumentation(), name)],
  [ConfigResourceType.BROKER, brokerDocumentation],
  [ConfigResourceType.CLIENT_METRICS, (name: string) => find(clientMetricsDocumentation(), name)],
  [ConfigResourceType.GROUP, (name: string) => find(groupDocumentation(), name)],
])

/**
 * What DescribeConfigs says of a config when it is asked for documentation (KIP-569); null for one that nobody knows. The
 * sentences stand inside functions, so that they cost nothing before somebody wants to read them.
 */
export function configDocumentation(resourceType: number, name: string): string | null {
  return documentations.get(resourceType)?.(name) ?? null
}

function find(sentences: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(sentences, name) ? sentences[name] : undefined
}
