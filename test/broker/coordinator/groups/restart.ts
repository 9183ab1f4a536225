import {
  GroupCoordinator,
  type GroupCoordinatorOptions,
} from '../../../../src/broker/coordinator/groups/group-coordinator.ts'
import { Gate } from '../../../../src/broker/gate.ts'
import { Link } from '../../../../src/broker/link.ts'
import { Random } from '../../../../src/broker/random.ts'
import type { TestCluster } from '../test-cluster.ts'

/** Puts a coordinator in the place of the broker's, which knows what the log says and nothing else. */
export function restart(cluster: TestCluster, others: Pick<GroupCoordinatorOptions, 'verifyTransaction'> = {}): void {
  const broker = cluster.broker()
  const { queue, config, image, replicas, events, release } = broker
  const controller = new Link(queue, () => cluster.controller)
  const fresh = new GroupCoordinator({
    gates: { coordinatorLoads: new Gate(), transactionMarkers: new Gate() },
    queue,
    config,
    image,
    replicas,
    events,
    release,
    controller,
    random: new Random(9),
    ...others,
  })
  const topic = image.topic('__consumer_offsets')
  if (topic !== undefined) {
    const nothing = {
      deletedTopics: [],
      changedPartitions: [],
      changedTopicConfigs: [],
      changedBrokerConfigs: [],
      changedBrokers: [],
      fencedBrokers: [],
      unfencedBrokers: [],
    }
    fresh.apply({ ...nothing, createdTopics: [topic] })
  }
  Object.defineProperty(broker, 'groups', { value: fresh })
}
