import { expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { DescribeCluster } from '../../../src/protocol/messages/describe-cluster.ts'
import { UnregisterBroker } from '../../../src/protocol/messages/unregister-broker.ts'
import { WireClient } from '../../wire-client.ts'

test('UnregisterBroker has the cluster forget a broker that was stopped', async () => {
  await using cluster = await KafkaCluster.start({ brokers: 2 })
  const client = new WireClient(cluster.connect(1))
  await cluster.brokers[1]?.stop()
  const known = async () => {
    const { brokers } = await client.send(DescribeCluster, 2, { includeFencedBrokers: true })
    return brokers.map(({ brokerId }) => brokerId)
  }
  expect(await client.send(UnregisterBroker, 0, { brokerId: 2 })).toMatchObject({ errorCode: 0 })
  expect(await known()).toEqual([1])
  const { errorCode, errorMessage } = await client.send(UnregisterBroker, 0, { brokerId: 2 })
  expect([errorName(errorCode), errorMessage]).toEqual([
    'BROKER_ID_NOT_REGISTERED',
    'Broker ID 2 is not currently registered',
  ])
  client.close()
})
