import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import type {
  MetadataRequest,
  MetadataRequestTopic,
  MetadataResponse,
  MetadataResponseTopic,
} from '../../protocol/messages/metadata.ts'
import { Metadata } from '../../protocol/messages/metadata.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import type { Broker } from '../broker.ts'
import { autoTopic } from '../controller/auto-topics.ts'
import type { BrokerImage, PartitionImage, TopicImage } from '../controller/metadata-image.ts'
import { invalidTopicName } from '../controller/topic-names.ts'
import { isInternalTopic } from '../replication/internal-topics.ts'
import { clusterOperations, NOT_ASKED, topicOperations } from './authorized-operations.ts'
import { advertisedController } from './controller-node.ts'
import { type Handler, handler, type RequestContext } from './handler.ts'

type Topic = Input<MetadataResponseTopic>

/**
 * Metadata: the brokers, the topics and who leads their partitions. It creates topics that are asked for and not there.
 *
 * v0: an empty list of topics means all of them. v1: null means all, an empty list none; racks and the controller. v2: the
 * cluster's id. v4 KIP-204: the client may forbid creation. v5 KIP-112: offline replicas. v7 KIP-320: leader epochs. v8
 * KIP-430: authorized operations, those of the cluster up to v10. v10 KIP-516: topic ids, v12: topics by id. v13 KIP-1102:
 * an error for the whole answer, of which no broker makes use of its own accord.
 */
export const metadata: Handler<MetadataRequest, MetadataResponse> = handler(
  Metadata,
  (request, context) => {
    const { broker, version } = context
    checkIds(request, version)
    if (asksForAll(request, version)) {
      return respond(request, context, foundAll(broker.image.topics(), context))
    }
    const asked = request.topics ?? []
    const ids = new Set(asked.map((topic) => topic.topicId).filter((id) => id !== ZERO_UUID))
    if (ids.size > 0) return respond(request, context, topicsById(ids, context))

    const names = namesOf(asked)
    const missing = names.filter((name) => broker.image.topic(name) === undefined)
    const answer = (): Input<MetadataResponse> => respond(request, context, topicsByName(names, context))
    const creatable = missing.filter((name) => invalidTopicName(name) === undefined)
    if (creatable.length === 0 || !mayCreate(request, broker)) return answer()
    return create(creatable, broker, answer)
  },
  ({ topics }, errorCode) => ({
    topics: (topics ?? []).map(({ name, topicId }) => ({ errorCode, name: name ?? '', topicId })),
    errorCode,
  }),
)

/** The topics' names, each once. Kafka's broker trips over a topic that has neither name nor id. */
function namesOf(topics: readonly MetadataRequestTopic[]): string[] {
  const names = topics.map(({ name }) => {
    if (name === null) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    return name
  })
  return [...new Set(names)]
}

function checkIds({ topics }: MetadataRequest, version: number): void {
  // The field came with v10, but brokers understand it from v12 on.
  if (version >= 12 || topics === null) return
  if (topics.some(({ name, topicId }) => name === null || topicId !== ZERO_UUID))
    throw new KafkaError('INVALID_REQUEST')
}

function asksForAll({ topics }: MetadataRequest, version: number): boolean {
  return topics === null || (version === 0 && topics.length === 0)
}

function mayCreate(request: MetadataRequest, { config }: Broker): boolean {
  return request.allowAutoTopicCreation && config.bool('auto.create.topics.enable')
}

/** Has the controller create topics, and answers before or after that. */
function create(
  names: readonly string[],
  { config, controller }: Broker,
  answer: () => Input<MetadataResponse>,
): ReturnType<Handler<MetadataRequest, MetadataResponse>['handle']> {
  const topics = names.map((name) => autoTopic(name, config))
  // As in Kafka: a topic that cannot be created is one that is not there.
  const before = config.bool('memkafka.auto.create.topics.at.once') ? undefined : answer()
  const creation = controller.ask((far) => far.createTopics({ topics, validateOnly: false }))
  return creation.map(() => before ?? answer())
}

function topicsByName(names: readonly string[], context: RequestContext): Topic[] {
  const topics = names.map((name) => context.broker.image.topic(name) ?? name)
  const missing = topics.filter((topic) => typeof topic === 'string')
  return [
    ...foundAll(
      topics.filter((topic) => typeof topic !== 'string'),
      context,
    ),
    ...missing.map((name) => ({
      errorCode:
        invalidTopicName(name) === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
      name,
      isInternal: isInternalTopic(name),
    })),
  ]
}

function topicsById(ids: ReadonlySet<string>, context: RequestContext): Topic[] {
  const topics = [...ids].map((topicId) => context.broker.image.topicById(topicId) ?? topicId)
  const missing = topics.filter((topic) => typeof topic === 'string')
  return [
    ...missing.map((topicId) => ({ errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId })),
    ...foundAll(
      topics.filter((topic) => typeof topic !== 'string'),
      context,
    ),
  ]
}

function foundAll(topics: Iterable<TopicImage>, context: RequestContext): Topic[] {
  const nodes = nodesOf(context)
  return [...topics].map(({ name, id: topicId, partitions }) => ({
    errorCode: ErrorCode.NONE,
    name,
    topicId,
    isInternal: isInternalTopic(name),
    partitions: partitions.map((partition) => partitionOf(partition, nodes, context.version)),
  }))
}

/** The nodes that a client can reach by the listener it came by: those that are registered, and of them those alive. */
interface Nodes {
  readonly registered: ReadonlySet<number>
  readonly reachable: ReadonlySet<number>
  readonly alive: ReadonlySet<number>
}

function nodesOf({ broker: { image }, endpointOf }: RequestContext): Nodes {
  const registered = [...image.brokers()]
  const reachable = registered.filter(({ id }) => endpointOf(id) !== undefined)
  const ids = (brokers: readonly BrokerImage[]): Set<number> => new Set(brokers.map(({ id }) => id))
  return {
    registered: ids(registered),
    reachable: ids(reachable),
    alive: ids(reachable.filter(({ fenced }) => !fenced)),
  }
}

function partitionOf(
  { index, leader, leaderEpoch, replicas, isr }: PartitionImage,
  { registered, reachable, alive }: Nodes,
  version: number,
): NonNullable<Topic['partitions']>[number] {
  const isAlive = (id: number): boolean => alive.has(id)
  const offlineReplicas = replicas.filter((id) => !isAlive(id))
  let errorCode: number = ErrorCode.NONE
  if (!reachable.has(leader)) {
    // A leader whose listener the client cannot reach is no leader to it; v6 tells the two apart.
    errorCode = registered.has(leader) && version >= 6 ? ErrorCode.LISTENER_NOT_FOUND : ErrorCode.LEADER_NOT_AVAILABLE
  } else if (version === 0 && (offlineReplicas.length > 0 || !isr.every(isAlive))) {
    errorCode = ErrorCode.REPLICA_NOT_AVAILABLE
  }
  return {
    errorCode,
    partitionIndex: index,
    leaderId: reachable.has(leader) ? leader : -1,
    leaderEpoch,
    // The first clients could not deal with replicas on brokers that are not in the list.
    replicaNodes: version === 0 ? replicas.filter(isAlive) : replicas,
    isrNodes: version === 0 ? isr.filter(isAlive) : isr,
    offlineReplicas,
  }
}

function respond(
  request: MetadataRequest,
  { broker, endpointOf }: RequestContext,
  topics: readonly Topic[],
): Input<MetadataResponse> {
  const { includeClusterAuthorizedOperations, includeTopicAuthorizedOperations } = request
  return {
    brokers: broker.image.aliveBrokers().flatMap(({ id }) => endpointOf(id) ?? []),
    clusterId: broker.clusterId,
    controllerId: advertisedController(broker),
    topics: includeTopicAuthorizedOperations
      ? topics.map((topic) =>
          topic.errorCode === ErrorCode.UNKNOWN_TOPIC_ID
            ? topic
            : { ...topic, topicAuthorizedOperations: topicOperations },
        )
      : topics,
    clusterAuthorizedOperations: includeClusterAuthorizedOperations ? clusterOperations : NOT_ASKED,
  }
}
