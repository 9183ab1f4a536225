import type { AnyApi } from '../../protocol/message.ts'
import { Fetch } from '../../protocol/messages/fetch.ts'
import { Produce } from '../../protocol/messages/produce.ts'
import type { ConnectionEvent } from '../events.ts'

/** A connection that is open, and what its requests have told of the client. */
export interface OpenConnection extends ConnectionEvent {
  /** Kafka's `client.id`, as its last request has it: null for none; undefined before the first request. */
  readonly clientId: string | null | undefined
  /** The group that a request of it named last (JoinGroup, Heartbeat, OffsetCommit, …); undefined as long as none did. */
  readonly groupId: string | undefined
  /** The transactional id that a request of it named last (InitProducerId, AddPartitionsToTxn, …); undefined as long as none did. */
  readonly transactionalId: string | undefined
  readonly lastRequest:
    | {
        /** `Produce`, `Fetch`, … */
        readonly api: string
        readonly version: number
        /** When it arrived, in ms of the cluster's time since the cluster was started: as in the timeline. */
        readonly at: number
        /** Whether it was answered, or wants no answer; otherwise the broker has it still. */
        readonly isAnswered: boolean
      }
    | undefined
}

/** Where requests name a group or a transactional id. */
interface Naming {
  readonly groupId?: unknown
  readonly transactionalId?: unknown
  /** OffsetFetch, since version 8. */
  readonly groups?: readonly { readonly groupId?: unknown }[] | null
}

/** The client at the other end of a connection, as its requests tell. Noted for each of them: it costs a few assignments. */
export class ConnectedClient {
  private clientId: string | null | undefined = undefined
  private groupId: string | undefined = undefined
  private transactionalId: string | undefined = undefined
  private api: AnyApi | undefined = undefined
  private version = -1
  private atMs = -0.5

  /** A request is here, which was read. */
  note(api: object, version: number, clientId: string | null, body: unknown, nowMs: number): void {
    this.api = api as AnyApi
    this.version = version
    this.clientId = clientId
    this.atMs = nowMs
    // The two that there are most of name no group, and whoever produces in a transaction has named it before.
    if (this.api.key === Produce.key || this.api.key === Fetch.key) return
    const { groupId, transactionalId, groups } = body as Naming
    const group = isNamed(groupId) ? groupId : groups?.[0]?.groupId
    if (isNamed(group)) this.groupId = group
    if (isNamed(transactionalId)) this.transactionalId = transactionalId
  }

  /** What is known of it. */
  told(connection: ConnectionEvent, isBusy: boolean, startedMs: number): OpenConnection {
    const { clientId, groupId, transactionalId, api, version, atMs } = this
    const lastRequest =
      api === undefined ? undefined : { api: api.name, version, at: atMs - startedMs, isAnswered: !isBusy }
    return { ...connection, clientId, groupId, transactionalId, lastRequest }
  }
}

/** What a version does not have is decoded as its default. */
function isNamed(name: unknown): name is string {
  return typeof name === 'string' && name !== ''
}
