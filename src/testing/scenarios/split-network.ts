import type { KafkaCluster } from '../../broker/cluster.ts'
import { type AboutBroker, BROKER_OPTIONS, brokerOf, checkOptions, type Undoable, undoable } from './scenario.ts'

/**
 * Cuts a broker off from all others and from the controller. After its session (`broker.session.timeout.ms`) others lead what it led, and
 * it does not know: a zombie. `undo` heals the network, the whole of it: links that were slow or lossy are healthy then too.
 *
 * @param options `clients`: whom clients still reach: `everybody` (the default), the cut-off broker too, or `the others` alone
 * @throws RangeError for what is not there, and in a cluster of one broker
 */
export function splitNetwork(
  cluster: KafkaCluster,
  options: AboutBroker & { readonly clients?: 'everybody' | 'the others' } = {},
): Undoable {
  checkOptions('splitNetwork', options, [...BROKER_OPTIONS, 'clients'])
  const { clients = 'everybody' } = options
  if (clients !== 'everybody' && clients !== 'the others') {
    throw new RangeError(`splitNetwork: clients is 'everybody' or 'the others', not ${String(clients)}`)
  }
  if (cluster.brokers.length < 2) {
    throw new RangeError(
      'splitNetwork: there is but one broker, and nothing to cut it off from; start the cluster with { brokers: 3 }',
    )
  }
  const broker = brokerOf('splitNetwork', cluster, options)
  const others = cluster.brokers.filter((other) => other !== broker)
  const { network, controller } = cluster
  network.split([broker], [...others, controller, ...(clients === 'the others' ? [network.clients] : [])])
  return undoable(() => network.heal())
}
