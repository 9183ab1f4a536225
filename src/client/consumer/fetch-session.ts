import { ErrorCode } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import type { FetchRequest, FetchResponse, PartitionData } from '../../protocol/messages/fetch.ts'
import { ZERO_UUID } from '../../protocol/uuid.ts'

/** A partition as a fetch asks for it. */
export interface WantedPartition {
  readonly topic: string
  /** The zero UUID where it is not known. */
  readonly topicId: string
  readonly partition: number
  readonly fetchOffset: number
  /** -1: not known. */
  readonly currentLeaderEpoch: number
  /** The epoch of what was read before; -1: not known. */
  readonly lastFetchedEpoch: number
  readonly partitionMaxBytes: number
}

/** What a session puts into a request. */
export interface SessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly topics: NonNullable<Input<FetchRequest>['topics']>
  /** What the session is to forget, in a version of Fetch. */
  forgottenIn(version: number): NonNullable<Input<FetchRequest>['forgottenTopicsData']>
  /** Whether every topic that it names has an id, as versions from 13 on need it (KIP-516). */
  readonly usesTopicIds: boolean
}

/** What an answer says of a partition, with what it was asked. */
export interface FetchedPartition {
  readonly wanted: WantedPartition
  readonly data: PartitionData
}

const NO_SESSION = 0
/** Of a full fetch that begins a session. */
const INITIAL_EPOCH = 0
/** Of a full fetch without a session; where it names one, that ends. */
const FINAL_EPOCH = -1
const LAST_EPOCH = 0x7fff_ffff

/**
 * A consumer's side of a fetch session with one broker (KIP-227): after a full fetch only those partitions are named that changed. A broker that keeps no
 * sessions, or has no room for one, is asked for everything each time. One request at a time.
 */
export class FetchSession {
  private id = NO_SESSION
  private epoch = INITIAL_EPOCH
  private partitions = new Map<string, WantedPartition>()
  private topics = new Map<string, string>()

  /** The id that the broker gave it; 0: there is none. */
  get sessionId(): number {
    return this.id
  }

  /** The next request: for these partitions and no others, in their order. */
  next(wanted: readonly WantedPartition[]): SessionRequest {
    const next = new Map(wanted.map((partition) => [keyOf(partition.topic, partition.partition), partition]))
    const isFull = this.epoch === INITIAL_EPOCH
    const changed = isFull ? wanted : wanted.filter((partition) => !isSame(partition, this.known(partition)))
    const known = isFull ? [] : [...this.partitions.values()]
    const gone = known.filter(({ topic, partition }) => !next.has(keyOf(topic, partition)))
    const replaced = known.filter((old) => isReplaced(old, next.get(keyOf(old.topic, old.partition))))
    this.partitions = next
    this.topics = new Map(wanted.map(({ topic, topicId }) => [topicId, topic]))
    return {
      sessionId: this.id,
      sessionEpoch: this.epoch,
      topics: byTopic(changed, (partition) => partition),
      // By its name a topic that has taken another's place is the same one.
      forgottenIn: (version) => byTopic(version >= 13 ? [...gone, ...replaced] : gone, ({ partition }) => partition),
      usesTopicIds: [...wanted, ...gone].every(({ topicId }) => topicId !== ZERO_UUID),
    }
  }

  /**
   * Takes the answer to the request before.
   * @returns what it says of each partition; undefined when nothing in it is to be believed, and the next fetch is to begin anew
   */
  take(response: FetchResponse): FetchedPartition[] | undefined {
    const { errorCode, sessionId } = response
    if (errorCode !== ErrorCode.NONE) {
      if (errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND) this.id = NO_SESSION
      this.epoch = INITIAL_EPOCH
      return undefined
    }
    const isFull = this.epoch === INITIAL_EPOCH
    const fetched = this.match(response)
    // KIP-219: an empty answer to a full fetch says no more than that the client is throttled.
    if (fetched === undefined || (isFull && fetched.length < this.partitions.size)) {
      this.epoch = INITIAL_EPOCH
      if (sessionId !== NO_SESSION) this.id = sessionId
      return undefined
    }
    // A full fetch ends the session that it names: an answer that names it again has begun none, whoever gave it.
    if (sessionId === NO_SESSION || (isFull && sessionId === this.id)) this.epoch = INITIAL_EPOCH
    else this.epoch = isFull || this.epoch === LAST_EPOCH ? 1 : this.epoch + 1
    this.id = sessionId
    return fetched
  }

  /** No answer came, and nobody knows whether the broker has seen the request: the session, if there is one, is ended by the next. */
  fail(): void {
    this.epoch = INITIAL_EPOCH
  }

  /** The request that ends it; undefined when there is none to end. */
  end(): SessionRequest | undefined {
    const { id } = this
    this.id = NO_SESSION
    this.epoch = INITIAL_EPOCH
    if (id === NO_SESSION) return undefined
    return { sessionId: id, sessionEpoch: FINAL_EPOCH, topics: [], forgottenIn: () => [], usesTopicIds: true }
  }

  /** Undefined when the answer names a partition that it was not asked for. */
  private match({ responses }: FetchResponse): FetchedPartition[] | undefined {
    const fetched: FetchedPartition[] = []
    for (const { topic, topicId, partitions } of responses) {
      // From version 13 on the id alone tells the topic.
      const name = topic === '' ? this.topics.get(topicId) : topic
      for (const data of partitions) {
        const wanted = name === undefined ? undefined : this.partitions.get(keyOf(name, data.partitionIndex))
        if (wanted === undefined) return undefined
        fetched.push({ wanted, data })
      }
    }
    return fetched
  }

  private known({ topic, partition }: WantedPartition): WantedPartition | undefined {
    return this.partitions.get(keyOf(topic, partition))
  }
}

function keyOf(topic: string, partition: number): string {
  return `${partition} ${topic}`
}

function isSame(wanted: WantedPartition, known: WantedPartition | undefined): boolean {
  return (
    known !== undefined &&
    wanted.fetchOffset === known.fetchOffset &&
    wanted.currentLeaderEpoch === known.currentLeaderEpoch &&
    wanted.lastFetchedEpoch === known.lastFetchedEpoch &&
    wanted.partitionMaxBytes === known.partitionMaxBytes &&
    wanted.topicId === known.topicId
  )
}

/** Whether another topic of that name has taken the place of the one that a session knows. */
function isReplaced({ topicId }: WantedPartition, now: WantedPartition | undefined): boolean {
  return now !== undefined && now.topicId !== topicId && now.topicId !== ZERO_UUID && topicId !== ZERO_UUID
}

/** Groups partitions that follow each other by their topic. */
function byTopic<T>(
  wanted: readonly WantedPartition[],
  entry: (partition: WantedPartition) => T,
): { topic: string; topicId: string; partitions: T[] }[] {
  const topics: { topic: string; topicId: string; partitions: T[] }[] = []
  for (const partition of wanted) {
    const { topic, topicId } = partition
    const last = topics.at(-1)
    if (last?.topic === topic && last.topicId === topicId) last.partitions.push(entry(partition))
    else topics.push({ topic, topicId, partitions: [entry(partition)] })
  }
  return topics
}
