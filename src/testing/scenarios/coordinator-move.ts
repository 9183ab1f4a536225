import type { KafkaCluster } from '../../broker/cluster.ts'
import type { BrokerHandle } from '../../broker/handles/brokers/broker-handle.ts'
import { checkOptions, groupOf, namedBroker, transactionOf, type Undoable, undoable } from './scenario.ts'

/** Whose coordinator moves, and where to. */
export type CoordinatorMoveOptions = ({ readonly group: string } | { readonly transactionalId: string }) & {
  /** Who coordinates then, by handle or node id. Default: the next broker that runs. */
  readonly to?: BrokerHandle | number
}

/** A move that was made, in node ids; `undo` moves back. */
export interface CoordinatorMove extends Undoable {
  readonly from: number
  readonly to: number
}

/**
 * Has another broker coordinate a group or a transactional id: it loads what is known of it from the log. Who coordinated before answers
 * NOT_COORDINATOR, and clients look for the coordinator again. Members stay who they are.
 *
 * @throws RangeError for a group or an id that nobody has used, while nobody coordinates it, and in a cluster of one broker
 */
export function coordinatorMove(cluster: KafkaCluster, options: CoordinatorMoveOptions): CoordinatorMove {
  const id = 'group' in options ? 'group' : 'transactionalId'
  checkOptions('coordinatorMove', options, ['group', 'transactionalId', 'to'], [id])
  const coordinated =
    'group' in options
      ? groupOf('coordinatorMove', cluster, options.group)
      : transactionOf('coordinatorMove', cluster, options.transactionalId)
  const from = coordinated.coordinator
  if (from === undefined) throw new RangeError(`coordinatorMove: nobody coordinates ${coordinated.id} now`)
  const broker = nextOf(cluster, from, options.to)
  coordinated.moveCoordinator(broker)
  const undo = (): void => {
    if (cluster.broker(from).isRunning) coordinated.moveCoordinator(cluster.broker(from))
  }
  return undoable(undo, { from, to: broker.nodeId })
}

function nextOf(cluster: KafkaCluster, from: number, to: BrokerHandle | number | undefined): BrokerHandle {
  if (to !== undefined) return namedBroker(cluster, to)
  const { brokers } = cluster
  const place = brokers.findIndex(({ nodeId }) => nodeId === from)
  const next = [...brokers.slice(place + 1), ...brokers.slice(0, place)].find(
    ({ isRunning, isFenced }) => isRunning && !isFenced,
  )
  if (next !== undefined) return next
  throw new RangeError(
    'coordinatorMove: no other broker runs that it could move to; start the cluster with { brokers: 3 }',
  )
}
