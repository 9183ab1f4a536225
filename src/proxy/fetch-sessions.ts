import type { Entity } from '../intercept/entity.ts'
import type { FetchRequest } from '../protocol/messages/fetch.ts'

/** As many sessions are remembered of a broker; it keeps no more than `max.incremental.fetch.session.cache.slots`, 1000, itself. */
const REMEMBERED = 2000
/** The epoch of a request that wants a session, or none. */
const INITIAL_EPOCH = 0
/** And of one that ends its session. */
const FINAL_EPOCH = -1
const LARGEST_EPOCH = 2 ** 31 - 1

interface Session {
  /** What its next request has. */
  readonly epoch: number
  readonly partitions: ReadonlyMap<string, Entity>
}

/** The fetch sessions of one broker (KIP-227), by the requests and answers that were seen. */
export class FetchSessions {
  private readonly sessions = new Map<number, Session>()

  /** What a session has had so far; undefined when it is not known, or its next epoch is another one. */
  partitions(sessionId: number, sessionEpoch: number): Iterable<Entity> | undefined {
    const session = this.sessions.get(sessionId)
    return session?.epoch === sessionEpoch ? session.partitions.values() : undefined
  }

  /** A request of version 7 or later is on its way; the function returned takes what is answered. */
  asked(version: number, request: FetchRequest): (errorCode: number, sessionId: number) => void {
    const { sessionId, sessionEpoch } = request
    if (sessionEpoch === FINAL_EPOCH) return () => void this.sessions.delete(sessionId)
    const change = changeOf(version, request)
    return (errorCode, answered) => {
      const before = this.sessions.get(sessionId)
      this.sessions.delete(sessionId)
      // After an error a client begins a new one.
      if (errorCode !== 0) return
      if (sessionEpoch === INITIAL_EPOCH) {
        if (answered !== 0) this.note(answered, { epoch: 1, partitions: change(new Map()) })
      } else if (before !== undefined) {
        const epoch = sessionEpoch === LARGEST_EPOCH ? 1 : sessionEpoch + 1
        this.note(sessionId, { epoch, partitions: change(before.partitions) })
      }
    }
  }

  private note(sessionId: number, session: Session): void {
    this.sessions.delete(sessionId)
    this.sessions.set(sessionId, session)
    if (this.sessions.size <= REMEMBERED) return
    const [oldest] = this.sessions.keys()
    if (oldest !== undefined) this.sessions.delete(oldest)
  }
}

/** What a request changes of a session's partitions: the same map where that is nothing. */
function changeOf(
  version: number,
  { topics, forgottenTopicsData }: FetchRequest,
): (before: ReadonlyMap<string, Entity>) => ReadonlyMap<string, Entity> {
  const named = version < 13
  const entity = ({ topic, topicId }: { topic: string; topicId: string }, partition: number): Entity =>
    named ? { topic, partition } : { topicId, partition }
  const keyOf = (one: Entity): string => `${one.topic ?? one.topicId}/${one.partition}`
  const added = topics.flatMap((topic) => topic.partitions.map(({ partition }) => entity(topic, partition)))
  const gone = forgottenTopicsData.flatMap((topic) => topic.partitions.map((partition) => entity(topic, partition)))
  if (added.length === 0 && gone.length === 0) return (before) => before
  return (before) => {
    const after = new Map(before)
    for (const one of gone) after.delete(keyOf(one))
    for (const one of added) after.set(keyOf(one), one)
    return after
  }
}
