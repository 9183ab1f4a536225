import { type Field, type Fields, hasVersion } from '../protocol/schema.ts'

/** By what a thing is told apart in a request or an answer. */
export type Dimension =
  | 'topic'
  | 'topicId'
  | 'partition'
  | 'group'
  | 'transactionalId'
  | 'member'
  | 'instance'
  | 'key'
  | 'resourceType'
  | 'resourceName'
  | 'logDir'
  | 'feature'
  | 'producerId'

/** What one place of a request or an answer is about: partition 0 of orders, the group billing, … */
export type Entity = { readonly [Name in Dimension]?: string | number }

/** A field that names something. */
export interface Naming {
  readonly dimension: Dimension
  readonly field: string
}

/**
 * What Kafka's schemas do not mark. They mark names of topics, groups and transactional ids; the number of a partition, a topic's
 * id, a member and the rest go by names that are always the same.
 */
const BY_NAME: { readonly [field: string]: { readonly dimension: Dimension; readonly type: Field['type'] } } = {
  topicId: { dimension: 'topicId', type: 'uuid' },
  memberId: { dimension: 'member', type: 'string' },
  groupInstanceId: { dimension: 'instance', type: 'string' },
  // FindCoordinator: of a group or a transactional id, as its type says.
  key: { dimension: 'key', type: 'string' },
  coordinatorKeys: { dimension: 'key', type: 'string' },
  // Of configs: a topic, a broker, a group, …
  resourceType: { dimension: 'resourceType', type: 'int8' },
  resourceName: { dimension: 'resourceName', type: 'string' },
  logDir: { dimension: 'logDir', type: 'string' },
  path: { dimension: 'logDir', type: 'string' },
  feature: { dimension: 'feature', type: 'string' },
}

/** Numbers of partitions, under an element that names a topic: one by one, or as a plain list. */
const PARTITIONS: ReadonlySet<string> = new Set([
  'partition',
  'partitionIndex',
  'partitionId',
  'index',
  'partitions',
  'partitionIndexes',
])

const MARKED = { topicName: 'topic', groupId: 'group', transactionalId: 'transactionalId' } as const

/** What a field names, if anything; an array of plain values as its values do. */
export function dimensionOf(api: string, name: string, field: Field, underTopic: boolean): Dimension | undefined {
  if (field.entity !== null && field.entity in MARKED) return MARKED[field.entity as keyof typeof MARKED]
  const type = field.element?.type ?? field.type
  const known = BY_NAME[name]
  if (known?.type === type) return known.dimension
  if (underTopic && type === 'int32' && PARTITIONS.has(name)) return 'partition'
  // Markers are answered by the producer that they are of; elsewhere a producer's id is no more than told.
  if (api === 'WriteTxnMarkers' && name === 'producerId') return 'producerId'
  return undefined
}

/** Those of a struct's fields that name something in this version. */
export function namingsOf(api: string, fields: Fields, version: number, underTopic: boolean): Naming[] {
  const own: Naming[] = []
  const alive = Object.entries(fields).filter(([, field]) => hasVersion(field.versions, version))
  const isTopic = underTopic || alive.some(([name, field]) => isTopicName(dimensionOf(api, name, field, false)))
  for (const [name, field] of alive) {
    if (field.type === 'array' || field.type === 'struct') continue
    const dimension = dimensionOf(api, name, field, isTopic)
    if (dimension !== undefined) own.push({ dimension, field: name })
  }
  return own
}

export function isTopicName(dimension: Dimension | undefined): boolean {
  return dimension === 'topic' || dimension === 'topicId'
}

/** Kafka's types of coordinator keys. */
const KEY_TYPE = { GROUP: 0, TRANSACTION: 1 } as const

/** Kafka's types of what has configs. */
const RESOURCE_TYPE = { TOPIC: 2, GROUP: 32 } as const

/** Adds what a key or a resource stands for, so that it is found as the topic or the group that it is. */
export function interpreted(entity: Entity, keyType: number): Entity {
  const { key, resourceType, resourceName } = entity
  if (key !== undefined) {
    if (keyType === KEY_TYPE.GROUP) return { ...entity, group: key }
    return keyType === KEY_TYPE.TRANSACTION ? { ...entity, transactionalId: key } : entity
  }
  if (resourceName === undefined) return entity
  if (resourceType === RESOURCE_TYPE.TOPIC) return { ...entity, topic: resourceName }
  return resourceType === RESOURCE_TYPE.GROUP ? { ...entity, group: resourceName } : entity
}

/** What may be asked for where a key or a resource is named. */
export const STANDS_FOR: { readonly [name: string]: readonly Dimension[] } = {
  key: ['group', 'transactionalId'],
  resourceName: ['topic', 'group'],
}
