import type { Broker } from '../broker.ts'
import type { DescribedGroup } from '../coordinator/groups/describe.ts'
import { coordinatorPartition } from '../coordinator/locate.ts'
import { GROUP_METADATA_TOPIC } from '../replication/internal-topics.ts'
import { Waiting } from '../waiting.ts'
import type { BrokerHandle } from './broker-handle.ts'
import { type ClusterView, coordinatorOf, moveCoordinator, whenReady } from './cluster-view.ts'
import type { CommittedPartition, GroupMember } from './group-description.ts'
import { Handle } from './handle.ts'

/** A consumer group by its id, whether it is there or not yet. */
export class GroupHandle extends Handle {
  /** Kafka's `group.id`. */
  readonly id: string
  readonly #view: ClusterView

  /** @internal */
  constructor(view: ClusterView, id: string) {
    super()
    this.#view = view
    this.id = id
  }

  /** The node id of its coordinator; undefined before `__consumer_offsets` is there. */
  get coordinator(): number | undefined {
    return this.#broker?.nodeId
  }

  /**
   * Has another broker coordinate the group, as when its partition of `__consumer_offsets` gets another leader: the group is loaded there from
   * the log, and members find it again.
   * @throws Error before `__consumer_offsets` is there; KafkaError INELIGIBLE_REPLICA when the broker is not in sync
   */
  moveCoordinator(broker: BrokerHandle): void {
    const partitions = this.#view.image.topic(GROUP_METADATA_TOPIC)?.partitions.length ?? 1
    moveCoordinator(this.#view, GROUP_METADATA_TOPIC, coordinatorPartition(this.id, partitions), broker.nodeId)
  }

  /**
   * `Empty`, `PreparingRebalance`, `CompletingRebalance` or `Stable`; `Dead` when there is no such group, and while its coordinator does not know yet
   * that it is.
   */
  get state(): string {
    return this.#described?.state ?? 'Dead'
  }

  /** Its members; none when there is no such group. */
  get members(): readonly GroupMember[] {
    const members = this.#described?.members ?? []
    return members.map(({ memberId, groupInstanceId, clientId, clientHost }) => ({
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      assignment: undefined,
    }))
  }

  /** All that it has committed. */
  get committed(): readonly CommittedPartition[] {
    const broker = this.#broker
    const topics = whenReady(() => broker?.groups.fetchOffsets(this.id, null, false)) ?? []
    // Only what has to be stable is waited for.
    if (topics instanceof Waiting) throw new Error('committed offsets that have to be waited for')
    return topics.flatMap(({ topic, partitions }) =>
      partitions.flatMap(({ partition, committed }) =>
        committed === undefined
          ? []
          : [
              {
                topic,
                partition,
                offset: committed.offset,
                leaderEpoch: committed.leaderEpoch,
                metadata: committed.metadata,
              },
            ],
      ),
    )
  }

  get #described(): DescribedGroup | undefined {
    const broker = this.#broker
    return whenReady(() => broker?.groups.describe(this.id))
  }

  get #broker(): Broker | undefined {
    const partitions = this.#view.image.topic(GROUP_METADATA_TOPIC)?.partitions.length
    if (partitions === undefined) return undefined
    return coordinatorOf(this.#view, GROUP_METADATA_TOPIC, coordinatorPartition(this.id, partitions))
  }
}
