import type { Dimension, Entity } from '../../intercept/entity.ts'
import type { RequestEntry } from '../../intercept/request-entries.ts'

/** Kafka's types of what has configs, where entities do not tell by themselves. */
const RESOURCES: Readonly<Record<number, string>> = { 4: 'broker', 8: 'broker loggers', 16: 'client metrics' }

/** What is told of an entity where nothing better names it. */
const OTHERS: readonly Dimension[] = ['feature', 'logDir', 'producerId']

/** What a request's entries name, each once, in their order. */
export function labelsOf(entries: readonly RequestEntry[]): string[] {
  const labels = new Set<string>()
  for (const { entity, meansAll } of entries) {
    const { group, transactionalId } = entity
    if (group !== undefined && group !== '') labels.add(`group ${group}`)
    if (transactionalId !== undefined && transactionalId !== '') labels.add(`transaction ${transactionalId}`)
    const label = labelOf(entity)
    if (label !== undefined) labels.add(label)
    if (meansAll) labels.add('all')
  }
  return [...labels]
}

/** The innermost thing that an entity names; undefined: none that is worth telling. */
export function labelOf(entity: Entity): string | undefined {
  const { topic, topicId, partition, group, transactionalId, resourceType, resourceName, key } = entity
  const name = topic !== undefined && topic !== '' ? String(topic) : topicId === undefined ? undefined : `id ${topicId}`
  if (name !== undefined) return partition === undefined ? name : `${name}/${partition}`
  if (group !== undefined && group !== '') return `group ${group}`
  if (transactionalId !== undefined && transactionalId !== '') return `transaction ${transactionalId}`
  if (resourceName !== undefined) return `${RESOURCES[Number(resourceType)] ?? 'resource'} ${resourceName}`
  if (key !== undefined) return `key ${key}`
  const other = OTHERS.find((dimension) => entity[dimension] !== undefined)
  return other === undefined ? undefined : `${other} ${entity[other]}`
}
