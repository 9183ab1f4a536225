import { errorName, KafkaError } from '../../protocol/errors.ts'
import type { AlterPartitionResponse } from '../../protocol/messages/alter-partition.ts'
import type { AlterPartitionReassignmentsResponse } from '../../protocol/messages/alter-partition-reassignments.ts'
import type { AssignReplicasToDirsResponse } from '../../protocol/messages/assign-replicas-to-dirs.ts'
import type { CreatePartitionsTopicResult } from '../../protocol/messages/create-partitions.ts'
import type { CreatableTopicResult } from '../../protocol/messages/create-topics.ts'
import type { DeletableTopicResult } from '../../protocol/messages/delete-topics.ts'
import type { ElectLeadersResponse } from '../../protocol/messages/elect-leaders.ts'
import type {
  ListPartitionReassignmentsRequest,
  OngoingTopicReassignment,
} from '../../protocol/messages/list-partition-reassignments.ts'
import type { UpdateFeaturesResponse } from '../../protocol/messages/update-features.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Events } from '../events.ts'
import type { Link } from '../link.ts'
import type { TopicOptions } from '../options.ts'
import type { Random } from '../random.ts'
import type { WaitQueue } from '../wait-queue.ts'
import { type Reply, Waiting } from '../waiting.ts'
import { decideBootstrap } from './bootstrap.ts'
import { type BrokerRegistration, decideRegistration } from './broker-registration.ts'
import { decideControlledShutdown, decideFencing, decideUnfencing, decideUnregistration } from './broker-states.ts'
import {
  type ConfigChange,
  type ConfigReplacement,
  type ConfigResult,
  decideConfigChange,
  decideConfigReplacement,
} from './config-alteration.ts'
import type { ClusterFeature, ControllerState, MetadataDecision } from './decision.ts'
import { type DirectoryAssignment, decideDirectoryAssignment } from './directory-assignment.ts'
import { decideFeatureUpdate, type FeatureUpdates } from './feature-update.ts'
import { decideElections, decideLeader, type LeaderElection } from './leader-election.ts'
import { tellOf } from './metadata-events.ts'
import { type MetadataFollower, MetadataFollowers } from './metadata-followers.ts'
import { ALL_BROKERS, MetadataImage } from './metadata-image.ts'
import { MetadataLog } from './metadata-log.ts'
import { decidePartitionAlteration, type PartitionAlteration } from './partition-alteration.ts'
import { decidePartitionCreation, type PartitionCreation } from './partition-creation.ts'
import { decideReassignments, ongoingReassignments, type Reassignments } from './partition-reassignment.ts'
import { PeriodicElections } from './periodic-elections.ts'
import { decideProducerIds, type ProducerIdBlock } from './producer-id-blocks.ts'
import { CONTROLLER_NODE_ID, type Quorum } from './quorum.ts'
import { type RecordVersions, versionsAsOf } from './record-versions.ts'
import { decideTopicCreation, type TopicCreation } from './topic-creation.ts'
import { decideTopicDeletion, type TopicDeletion } from './topic-deletion.ts'
import { TopicNames } from './topic-names.ts'

/** What a controller is made with. */
export interface ControllerOptions {
  readonly queue: WaitQueue
  readonly events: Events
  readonly config: BrokerConfig
  readonly random: Random
  /** The features that the cluster begins with. */
  readonly features: readonly ClusterFeature[]
  /** How to reach a broker once it is registered. */
  linkTo(nodeId: number): Link<MetadataFollower>
}

/**
 * The controller of a cluster: the one state machine over the metadata log. It decides which records to append, replays
 * them into its own image, and hands them to every registered broker before it answers.
 */
export class Controller {
  readonly queue: WaitQueue
  private readonly events: Events
  private readonly log = new MetadataLog()
  /** What the metadata log has come to; no broker's image is newer. */
  readonly image: MetadataImage = new MetadataImage()
  private readonly state: State
  private readonly elections: PeriodicElections
  private readonly followers: MetadataFollowers

  constructor(options: ControllerOptions) {
    const { config, features, random } = options
    this.queue = options.queue
    this.events = options.events
    this.followers = new MetadataFollowers(this.log, (nodeId) => options.linkTo(nodeId))
    this.state = new State({ image: this.image, topicNames: new TopicNames(), config: config.fork(), features, random })
    this.elections = new PeriodicElections(this.queue, this.state, (decision) => this.commit(decision))
    this.commit(decideBootstrap(this.state))
  }

  /**
   * Registers a broker, fenced, and has it follow the log from its beginning. Tells its broker epoch. Throws
   * DUPLICATE_BROKER_REGISTRATION while the one that is registered is not fenced.
   */
  registerBroker(registration: BrokerRegistration): number {
    return this.queue.turn(() => {
      const { nodeId, boot } = registration
      const isKnown = this.image.broker(nodeId) !== undefined
      const repeats = isKnown && boot !== undefined && this.followers.bootOf(nodeId) === boot
      const decision = decideRegistration(registration, this.log.endOffset, repeats, this.state)
      if (!repeats) this.followers.add(nodeId, boot)
      return this.commit(decision)
    })
  }

  /** A broker that has caught up may lead. Throws STALE_BROKER_EPOCH. */
  unfenceBroker(nodeId: number, epoch: number): void {
    this.commit(decideUnfencing(nodeId, epoch, this.state))
  }

  /** A broker that is no more heard of leads nothing, and is in sync nowhere. Throws BROKER_ID_NOT_REGISTERED. */
  fenceBroker(nodeId: number): void {
    this.commit(decideFencing(nodeId, this.state))
  }

  /**
   * A broker is to stop: others lead what it led, and once every active broker has heard of it, it is fenced and may stop. Throws
   * STALE_BROKER_EPOCH.
   */
  controlledShutdown(nodeId: number, epoch: number): Reply<void> {
    this.commit(decideControlledShutdown(nodeId, epoch, this.state))
    const { endOffset } = this.log
    const isOver = (): boolean => this.image.broker(nodeId)?.epoch !== epoch
    return Waiting.until({
      on: [this.followers.delivered, this.image.changed],
      ask: () => (isOver() || this.haveHeard(endOffset) ? true : undefined),
    }).map(() => (isOver() ? undefined : this.commit(decideFencing(nodeId, this.state))))
  }

  /** Whether every active broker has the log up to an offset. */
  private haveHeard(endOffset: number): boolean {
    const active = [...this.followers.all()].filter(({ nodeId }) => this.image.isActive(nodeId))
    return active.every(({ nextOffset }) => nextOffset >= endOffset)
  }

  /** Forgets a broker. Throws BROKER_ID_NOT_REGISTERED. */
  unregisterBroker(nodeId: number): void {
    this.commit(decideUnregistration(nodeId, this.state))
  }

  /** The answer to AlterPartition, `topicId` alone names a topic. Throws STALE_BROKER_EPOCH. */
  alterPartition(request: PartitionAlteration): AlterPartitionResponse {
    return this.commit(decidePartitionAlteration(request, this.state))
  }

  /** The answer to AssignReplicasToDirs. Throws STALE_BROKER_EPOCH, UNSUPPORTED_VERSION. */
  assignReplicasToDirs(request: DirectoryAssignment): AssignReplicasToDirsResponse {
    return this.commit(decideDirectoryAssignment(request, this.state))
  }

  /** The answer to ElectLeaders. Throws INVALID_REQUEST. */
  electLeaders(request: LeaderElection): ElectLeadersResponse {
    return this.commit(decideElections(request, this.state))
  }

  /** The answer to AlterPartitionReassignments. */
  alterPartitionReassignments(request: Reassignments): AlterPartitionReassignmentsResponse {
    return this.commit(decideReassignments(request, this.state))
  }

  /** The partitions of these topics, or of all, that are reassigned: what ListPartitionReassignments tells. */
  listPartitionReassignments(topics: ListPartitionReassignmentsRequest['topics']): OngoingTopicReassignment[] {
    return ongoingReassignments(topics, this.image)
  }

  /** Who has the metadata log, and how much of it. */
  quorum(): Quorum {
    const { endOffset } = this.log
    const observers = [...this.followers.all()].filter(({ link }) => link.isUp)
    return {
      leader: { nodeId: CONTROLLER_NODE_ID, directoryId: ZERO_UUID, endOffset },
      observers: observers.map(({ nodeId, nextOffset }) => {
        const [directoryId = ZERO_UUID] = this.image.broker(nodeId)?.logDirs ?? []
        return { nodeId, directoryId, endOffset: nextOffset }
      }),
    }
  }

  /** The answer to UpdateFeatures, whose version says which fields go over the wire. */
  updateFeatures(request: FeatureUpdates): UpdateFeaturesResponse {
    return this.commit(decideFeatureUpdate(request, this.state))
  }

  /** Has a replica that is in sync lead. Throws UNKNOWN_TOPIC_OR_PARTITION, INELIGIBLE_REPLICA. */
  electLeader(topic: string, index: number, nodeId: number): void {
    this.commit(decideLeader(topic, index, nodeId, this.state))
  }

  /** The results of CreateTopics, one a topic, its error and message included. */
  createTopics(request: TopicCreation): CreatableTopicResult[] {
    return this.commit(decideTopicCreation(request, this.state))
  }

  /** The results of DeleteTopics, one a topic. */
  deleteTopics(request: TopicDeletion): DeletableTopicResult[] {
    return this.commit(decideTopicDeletion(request, this.state))
  }

  /** The results of CreatePartitions, one a topic. */
  createPartitions(request: PartitionCreation): CreatePartitionsTopicResult[] {
    return this.commit(decidePartitionCreation(request, this.state))
  }

  /** What became of each resource that AlterConfigs names, in their order. */
  replaceConfigs(replacements: readonly ConfigReplacement[], validateOnly: boolean): ConfigResult[] {
    return this.commit(decideConfigReplacement(replacements, validateOnly, this.state))
  }

  /** What became of each resource that IncrementalAlterConfigs names, in their order. */
  changeConfigs(changes: readonly ConfigChange[], validateOnly: boolean): ConfigResult[] {
    return this.commit(decideConfigChange(changes, validateOnly, this.state))
  }

  /** Gives a broker a block of producer ids that nobody else has. Throws BROKER_ID_NOT_REGISTERED, STALE_BROKER_EPOCH. */
  allocateProducerIds(brokerId: number, brokerEpoch: number): ProducerIdBlock {
    return this.commit(decideProducerIds(brokerId, brokerEpoch, this.state))
  }

  /** Creates the topics that a cluster begins with. Throws the KafkaError that Kafka would answer, naming the topic. */
  createFirstTopics(topics: readonly (readonly [name: string, topic: TopicOptions])[]): void {
    const results = this.createTopics({
      topics: topics.map(([name, { partitions = -1, replicationFactor = -1, configs = {} }]) => ({
        name,
        numPartitions: partitions,
        replicationFactor,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      })),
      validateOnly: false,
    })
    for (const { name, errorCode, errorMessage } of results) {
      if (errorCode !== 0) throw new KafkaError(errorName(errorCode), `topic '${name}': ${errorMessage}`)
    }
  }

  /** Puts a decision into effect: in the log, in the image, at the brokers. */
  private commit<T>({ records, answer }: MetadataDecision<T>): T {
    if (records.length === 0) return answer
    this.log.append(records)
    const change = this.image.apply(records)
    if (change.changedBrokerConfigs.includes(ALL_BROKERS)) this.state.config.override(this.image.brokerConfigs())
    for (const { name } of change.deletedTopics) this.state.topicNames.delete(name)
    for (const { name } of change.createdTopics) this.state.topicNames.add(name)
    this.deliver()
    tellOf(change, this.events)
    this.elections.review(change)
    return answer
  }

  /** See {@link MetadataFollowers.deliver}. */
  deliver(): void {
    this.followers.deliver()
  }
}

class State implements ControllerState {
  readonly image: MetadataImage
  readonly topicNames: TopicNames
  readonly config: BrokerConfig
  readonly features: readonly ClusterFeature[]
  readonly random: Random
  private readonly versionsNow: () => RecordVersions

  constructor({ image, topicNames, config, features, random }: Omit<ControllerState, 'versions'>) {
    this.image = image
    this.topicNames = topicNames
    this.config = config
    this.features = features
    this.random = random
    const first = features.find((feature) => feature.name === 'metadata.version')?.finalized ?? Number.MAX_SAFE_INTEGER
    this.versionsNow = versionsAsOf(() => image.features().get('metadata.version') ?? first)
  }

  get versions(): RecordVersions {
    return this.versionsNow()
  }
}
