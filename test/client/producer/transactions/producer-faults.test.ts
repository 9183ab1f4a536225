import { describe, expect, test } from 'vitest'
import {
  type ConfigOptions,
  ErrShuttingDown,
  ErrTopicAuthorizationFailed,
  newAsyncProducer,
  newConfig,
  newManualPartitioner,
  newSyncProducer,
  ProducerTxnFlagReady,
  type SyncProducer,
  WaitForAll,
} from '../../../../src/client/index.ts'
import type { KafkaCluster } from '../../../../src/index.ts'
import { ErrorCode } from '../../../../src/protocol/errors.ts'
import { EndTxn, KafkaResponse, kafka, respond } from '../../../../src/testing/index.ts'
import { committed, releases, settled, startCluster } from './rig.ts'

async function transactional(cluster: KafkaCluster, options: ConfigOptions = {}): Promise<SyncProducer> {
  const client = cluster.clientConfig()
  const config = newConfig({
    ...client,
    net: { ...client.net, maxOpenRequests: 1 },
    ...options,
    producer: {
      partitioner: newManualPartitioner,
      requiredAcks: WaitForAll,
      idempotent: true,
      transaction: { id: 'billing-1' },
    },
  })
  return settled(cluster, newSyncProducer(cluster.bootstrapServers, config))
}

describe.each(releases)('a producer with transactions on a cluster that fails, %s', (_, version) => {
  test('waits for the markers of its last transaction before the next one has messages', async () => {
    await using cluster = await startCluster({ version })
    const producer = await transactional(cluster)
    const send = async (value: string): Promise<void> => {
      await producer.beginTxn()
      await settled(cluster, producer.sendMessage({ topic: 'bills', partition: 0, value }))
      await settled(cluster, producer.commitTxn())
    }
    await send('first')
    const release = cluster.broker(cluster.transaction('billing-1').coordinator as number).holdTransactionMarkers()
    await send('second')
    cluster.clock.setTimer(2_000, release)
    await send('third')
    expect(committed(cluster, 0)).toEqual(['first', 'second', 'third'])
    await producer.close()
  })

  test('outlives the broker that coordinates its transaction and leads its partition', async () => {
    await using cluster = await startCluster({
      version,
      brokers: 3,
      topics: { bills: { partitions: 3, replicationFactor: 3 } },
    })
    const producer = await transactional(cluster)
    const partition = [0, 1, 2].find(
      (index) => cluster.partition('bills', index).leader === cluster.transaction('billing-1').coordinator,
    )
    expect(partition).toBeDefined()
    await producer.beginTxn()
    await settled(cluster, producer.sendMessage({ topic: 'bills', partition: partition as number, value: 'before' }))
    await cluster.broker(cluster.transaction('billing-1').coordinator as number).kill()
    await settled(cluster, producer.sendMessage({ topic: 'bills', partition: partition as number, value: 'after' }))
    await settled(cluster, producer.commitTxn())
    expect(committed(cluster, partition as number)).toEqual(['before', 'after'])
    await settled(cluster, producer.close())
  })

  test('asks nobody for its end any more once it is closed', async () => {
    await using cluster = await startCluster({ version })
    const producer = await transactional(cluster)
    await producer.beginTxn()
    await settled(cluster, producer.sendMessage({ topic: 'bills', partition: 0, value: 'left open' }))
    let asked = 0
    cluster.use(
      respond(EndTxn, () => {
        asked++
        return { errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS }
      }),
    )
    const committing = producer.commitTxn().catch((error: unknown) => error)
    await cluster.clock.advance(0)
    expect(asked).toBe(1)
    // Time stands still: no timer is waited for.
    await producer.close()
    expect(await committing).toBeInstanceOf(ErrShuttingDown)
    await cluster.clock.advance(1_000)
    expect(asked).toBe(1)
  })

  test('aborts what could not be produced, and goes on', async () => {
    const config = { 'transaction.state.log.min.isr': '1' }
    await using cluster = await startCluster({ version, config, brokers: 2, topics: { bills: { partitions: 2 } } })
    const producer = await transactional(cluster)
    const [kept, lost] = [0, 1].sort((a) => {
      return cluster.partition('bills', a).leader === cluster.transaction('billing-1').coordinator ? -1 : 1
    }) as [number, number]
    await producer.beginTxn()
    await settled(cluster, producer.sendMessage({ topic: 'bills', partition: kept, value: 'given up' }))
    const broker = cluster.broker(cluster.partition('bills', lost).leader as number)
    await broker.kill()
    await expect(
      settled(cluster, producer.sendMessage({ topic: 'bills', partition: lost, value: 'nobody leads' })),
    ).rejects.toThrow()
    await expect(settled(cluster, producer.commitTxn())).rejects.toThrow()
    // Before the partition is told of the abort the producer gets no new epoch.
    const aborting = producer.abortTxn()
    await cluster.clock.advance(1_000)
    await broker.start()
    await settled(cluster, aborting)
    await producer.beginTxn()
    for (const partition of [kept, lost]) {
      await settled(cluster, producer.sendMessage({ topic: 'bills', partition, value: 'kept' }))
    }
    await settled(cluster, producer.commitTxn())
    expect([committed(cluster, kept), committed(cluster, lost)]).toEqual([['kept'], ['kept']])
    await producer.close()
  })

  test('aborts a transaction whose topic must not be written to, whatever is held back of it', async () => {
    await using cluster = await startCluster({ version })
    const config = newConfig(cluster.clientConfig())
    config.net.maxOpenRequests = 1
    Object.assign(config.producer, { partitioner: newManualPartitioner, requiredAcks: WaitForAll, idempotent: true })
    config.producer.transaction.id = 'billing-1'
    config.producer.flush.frequency = 1_000
    const producer = await settled(cluster, newAsyncProducer(cluster.bootstrapServers, config))
    const forbidden = KafkaResponse.error('TOPIC_AUTHORIZATION_FAILED')
    cluster.use(
      kafka.addPartitionsToTxn({}, () => forbidden),
      kafka.produce({}, () => forbidden),
    )
    await producer.beginTxn()
    await producer.input.send({ topic: 'bills', partition: 0, value: 'held back' })
    await settled(cluster, producer.abortTxn())
    expect((await settled(cluster, producer.errors.receive()))?.err).toBeInstanceOf(ErrTopicAuthorizationFailed)
    expect(producer.txnStatus).toBe(ProducerTxnFlagReady)
    cluster.resetHandlers()
    await producer.close()
  })

  test('does not carry a gap of an aborted transaction into the next one', async () => {
    await using cluster = await startCluster({ version })
    const producer = await transactional(cluster)
    await producer.beginTxn()
    await settled(cluster, producer.sendMessage({ topic: 'bills', partition: 0, value: 'first' }))
    await settled(cluster, producer.commitTxn())
    cluster.use(kafka.produce({}, () => KafkaResponse.error('REQUEST_TIMED_OUT'), { times: 4, at: 'before' }))
    await producer.beginTxn()
    const lost = producer.sendMessage({ topic: 'bills', partition: 0, value: 'lost' }).catch(() => 'lost')
    await settled(cluster, producer.abortTxn())
    expect(await lost).toBe('lost')
    await producer.beginTxn()
    await settled(cluster, producer.sendMessage({ topic: 'bills', partition: 0, value: 'second' }))
    await settled(cluster, producer.commitTxn())
    expect(committed(cluster, 0)).toEqual(['first', 'second'])
    await producer.close()
  })
})
