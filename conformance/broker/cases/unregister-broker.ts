import { DescribeCluster } from '../../../src/protocol/messages/describe-cluster.ts'
import { UnregisterBroker } from '../../../src/protocol/messages/unregister-broker.ts'
import { casesOf } from '../case.ts'

export const unregisterBroker = casesOf(UnregisterBroker, ['BROKER_ID_NOT_REGISTERED'], {
  'a broker that is not there': async (world) => {
    for (const brokerId of [99, 0, -1]) await world.ask(UnregisterBroker, { brokerId }, { as: `${brokerId}` })
    await world.ask(DescribeCluster, {}, { version: 0 })
  },
})
