import { expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../../../src/index.ts'
import { type ErrorName, errorName } from '../../../../src/protocol/errors.ts'
import { FindCoordinator } from '../../../../src/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../../../src/protocol/messages/init-producer-id.ts'
import { WireClient } from '../../../wire-client.ts'

const TIMEOUT_MS = 5000

test('A transaction coordinator that is cut off from its replicas commits nothing, and its successor knows nothing of it', async () => {
  const cluster = await KafkaCluster.start({
    brokers: 3,
    clock: 'virtual',
    config: { 'transaction.state.log.num.partitions': '1' },
  })
  onTestFinished(() => cluster.stop())
  await new WireClient(cluster.connect()).send(FindCoordinator, 3, { key: 'tx', keyType: 1 })
  const init = async (nodeId: number | undefined): Promise<[ErrorName, number]> => {
    const body = { transactionalId: 'tx', transactionTimeoutMs: TIMEOUT_MS }
    const { errorCode, producerEpoch } = await new WireClient(cluster.connect(nodeId)).send(InitProducerId, 4, body)
    return [errorName(errorCode), producerEpoch]
  }
  const transaction = cluster.transaction('tx')
  const first = transaction.coordinator
  expect(await init(first)).toEqual(['NONE', 0])

  const alone = cluster.brokers.filter(({ nodeId }) => nodeId === first)
  cluster.network.split(
    alone,
    cluster.brokers.filter(({ nodeId }) => nodeId !== first),
  )
  const held = init(first)
  await cluster.clock.advance(TIMEOUT_MS - 1)
  // It is not known whether the record will be committed, so nothing else may begin.
  expect(await init(first)).toEqual(['CONCURRENT_TRANSACTIONS', -1])
  await cluster.clock.advance(1)
  expect(await held).toEqual(['COORDINATOR_NOT_AVAILABLE', -1])
  expect(await init(first)).toEqual(['CONCURRENT_TRANSACTIONS', -1])

  await cluster.clock.advance(60_000)
  expect(transaction.coordinator).not.toBe(first)
  expect(transaction.producerEpoch).toBe(0)
  cluster.network.heal()
  await cluster.clock.advance(60_000)
  const answers = await Promise.all(cluster.brokers.map(({ nodeId }) => init(nodeId)))
  expect(answers.filter(([error]) => error === 'NONE')).toEqual([['NONE', 1]])
  expect(answers.filter(([error]) => error === 'NOT_COORDINATOR')).toHaveLength(2)
})
