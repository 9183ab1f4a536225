import { describe, expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../../../src/index.ts'
import { type ErrorName, errorName } from '../../../../src/protocol/errors.ts'
import type { Api, Input } from '../../../../src/protocol/message.ts'
import { AddPartitionsToTxn } from '../../../../src/protocol/messages/add-partitions-to-txn.ts'
import { DeleteTopics } from '../../../../src/protocol/messages/delete-topics.ts'
import { EndTxn } from '../../../../src/protocol/messages/end-txn.ts'
import { FindCoordinator } from '../../../../src/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../../../src/protocol/messages/init-producer-id.ts'
import { Produce } from '../../../../src/protocol/messages/produce.ts'
import { WireClient } from '../../../wire-client.ts'
import { batchOf } from '../../batches.ts'

const UNREACHABLE =
  'Unable to verify the partition has been added to the transaction. Underlying error: NETWORK_EXCEPTION'

/** A producer whose transactions are coordinated by one broker, and which writes to a partition that another leads. */
class Apart {
  readonly cluster: KafkaCluster
  readonly leader: number
  readonly coordinator: number
  readonly transactionalId: string
  private producer = { producerId: -1, producerEpoch: -1 }

  private constructor(cluster: KafkaCluster, leader: number, transactionalId: string) {
    this.cluster = cluster
    this.leader = leader
    this.transactionalId = transactionalId
    this.coordinator = cluster.transaction(transactionalId).coordinator ?? -1
  }

  static async start(replicationFactor = 1): Promise<Apart> {
    const cluster = await KafkaCluster.start({
      brokers: 2,
      clock: 'virtual',
      topics: { orders: { replicationFactor } },
      config: { 'transaction.state.log.replication.factor': '1', 'transaction.state.log.num.partitions': '4' },
    })
    onTestFinished(() => cluster.stop())
    const any = new WireClient(cluster.connect())
    await any.send(FindCoordinator, 3, { key: 'tx', keyType: 1 })
    const leader = cluster.partition('orders', 0).leader ?? -1
    const ids = Array.from({ length: 20 }, (_, i) => `tx-${i}`)
    const id = ids.find((one) => cluster.transaction(one).coordinator !== leader)
    if (id === undefined) throw new Error('one broker coordinates all')
    const apart = new Apart(cluster, leader, id)
    await apart.init()
    return apart
  }

  get state(): string | undefined {
    return this.cluster.transaction(this.transactionalId).state
  }

  broker(nodeId: number) {
    const broker = this.cluster.brokers.find((one) => one.nodeId === nodeId)
    if (broker === undefined) throw new Error(`there is no broker ${nodeId}`)
    return broker
  }

  async init(): Promise<ErrorName> {
    const { transactionalId } = this
    const answer = await this.ask(this.coordinator, InitProducerId, 4, {
      transactionalId,
      transactionTimeoutMs: 60_000,
    })
    if (answer.errorCode === 0) this.producer = { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    return errorName(answer.errorCode)
  }

  async add(): Promise<ErrorName> {
    const { resultsByTopicV3AndBelow: results } = await this.ask(this.coordinator, AddPartitionsToTxn, 3, {
      v3AndBelowTransactionalId: this.transactionalId,
      v3AndBelowProducerId: this.producer.producerId,
      v3AndBelowProducerEpoch: this.producer.producerEpoch,
      v3AndBelowTopics: [{ name: 'orders', partitions: [0] }],
    })
    return errorName(results[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1)
  }

  /** Produce, and what is said of the error. */
  produce(version = 9, baseSequence = 0): Promise<[ErrorName, string | null]> {
    const records = [batchOf(1, { ...this.producer, baseSequence, isTransactional: true })]
    const { transactionalId } = this
    const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }]
    const asked = this.ask(this.leader, Produce, version, { transactionalId, acks: -1, timeoutMs: 1000, topicData })
    return asked.then(({ responses }) => {
      const { errorCode = -1, errorMessage = null } = responses[0]?.partitionResponses[0] ?? {}
      return [errorName(errorCode), errorMessage]
    })
  }

  /** EndTxn; from version 5 on the producer goes on with the epoch that it is given. */
  async commit(version = 3): Promise<ErrorName> {
    const body = { transactionalId: this.transactionalId, ...this.producer, committed: true }
    const { errorCode, producerId, producerEpoch } = await this.ask(this.coordinator, EndTxn, version, body)
    if (version >= 5 && errorCode === 0) this.producer = { producerId, producerEpoch }
    return errorName(errorCode)
  }

  ask<Request, Response>(nodeId: number, api: Api<Request, Response>, version: number, body: Input<Request>) {
    return new WireClient(this.cluster.connect(nodeId)).send(api, version, body)
  }
}

describe('The markers of a transaction', () => {
  test('wait for a leader that is down, while the end is decided', async () => {
    const apart = await Apart.start()
    await apart.add()
    await apart.produce()
    apart.broker(apart.leader).kill()
    expect(await apart.commit()).toBe('NONE')
    expect(apart.state).toBe('PrepareCommit')
    expect(await apart.commit()).toBe('CONCURRENT_TRANSACTIONS')
    await apart.cluster.clock.advance(10_000)
    expect(apart.state).toBe('PrepareCommit')
    await apart.broker(apart.leader).start()
    await apart.cluster.clock.advance(100)
    expect(apart.state).toBe('CompleteCommit')
    expect(apart.cluster.partition('orders', 0).lastStableOffset).toBe(2)
  })

  test('take as long as the network does, and nothing begins meanwhile', async () => {
    const apart = await Apart.start()
    await apart.add()
    await apart.produce()
    const { cluster, leader, coordinator } = apart
    cluster.network.link(apart.broker(coordinator), apart.broker(leader)).set({ delay: 200 })
    expect(await apart.commit()).toBe('NONE')
    expect(apart.state).toBe('PrepareCommit')
    expect(await apart.add()).toBe('CONCURRENT_TRANSACTIONS')
    expect(await apart.init()).toBe('CONCURRENT_TRANSACTIONS')
    expect(cluster.partition('orders', 0).lastStableOffset).toBe(0)
    await cluster.clock.advance(200)
    expect(cluster.partition('orders', 0).lastStableOffset).toBe(2)
    await cluster.clock.advance(200)
    expect(apart.state).toBe('CompleteCommit')
    expect(await apart.add()).toBe('NONE')
  })

  test('are sent again after they were lost', async () => {
    const apart = await Apart.start()
    await apart.add()
    await apart.produce()
    const { cluster, leader, coordinator } = apart
    cluster.network.link(apart.broker(coordinator), apart.broker(leader)).set({ drop: 1 })
    expect(await apart.commit()).toBe('NONE')
    await cluster.clock.advance(60_000)
    expect(apart.state).toBe('PrepareCommit')
    cluster.network.heal()
    await cluster.clock.advance(60_000)
    expect(apart.state).toBe('CompleteCommit')
    // Once, or once more where only the answer was lost.
    expect(cluster.partition('orders', 0).lastStableOffset).toBe(cluster.partition('orders', 0).logEndOffset)
  })

  test('go to the next leader when the last one takes them and does not answer', async () => {
    const apart = await Apart.start(2)
    await apart.add()
    await apart.produce()
    const { cluster, leader, coordinator } = apart
    apart.broker(leader).pause()
    expect(await apart.commit()).toBe('NONE')
    await cluster.clock.advance(29_000)
    expect(cluster.partition('orders', 0).leader).toBe(coordinator)
    expect(apart.state).toBe('PrepareCommit')
    await cluster.clock.advance(2_000)
    expect(apart.state).toBe('CompleteCommit')
    apart.broker(leader).resume()
    expect(cluster.partition('orders', 0).lastStableOffset).toBe(2)
  })

  test('need not be written to what was deleted', async () => {
    const apart = await Apart.start()
    await apart.add()
    await apart.ask(apart.coordinator, DeleteTopics, 3, { topicNames: ['orders'], timeoutMs: 1000 })
    expect(await apart.commit()).toBe('NONE')
    expect(apart.state).toBe('CompleteCommit')
  })
})

describe('A leader that cannot ask the coordinator of a transaction (KIP-890)', () => {
  test('has the producer try again', async () => {
    const apart = await Apart.start()
    const { cluster, leader, coordinator } = apart
    await apart.add()
    cluster.network.split([apart.broker(coordinator), cluster.controller], [apart.broker(leader)])
    expect(await apart.produce()).toEqual(['NOT_ENOUGH_REPLICAS', UNREACHABLE])
    cluster.network.heal()
    expect(await apart.produce()).toEqual(['NONE', null])
  })

  test('waits for an answer that is lost as long as for any other', async () => {
    const apart = await Apart.start()
    const { cluster, leader, coordinator } = apart
    await apart.add()
    cluster.network.link(apart.broker(coordinator), apart.broker(leader)).set({ drop: 1 })
    const answer = apart.produce()
    await cluster.clock.advance(60_000)
    expect(await answer).toEqual(['NOT_ENOUGH_REPLICAS', UNREACHABLE])
  })

  test('waits no longer than that for one that stands still', async () => {
    const apart = await Apart.start()
    const { cluster, coordinator } = apart
    await apart.add()
    apart.broker(coordinator).pause()
    let answered: unknown
    apart.produce().then((answer) => {
      answered = answer
    })
    await cluster.clock.advance(31_000)
    expect(answered).toEqual(['NOT_ENOUGH_REPLICAS', UNREACHABLE])
  })

  test('adds the partition itself from version 12 on, when the last transaction is over', async () => {
    const apart = await Apart.start()
    const { cluster, leader, coordinator } = apart
    expect(await apart.produce(12)).toEqual(['NONE', null])
    cluster.network.link(apart.broker(coordinator), apart.broker(leader)).set({ delay: 25 })
    expect(await apart.commit(5)).toBe('NONE')
    // The markers are on their way, and the answers to them too; it is asked again every 20 ms, for 100.
    const answer = apart.produce(12)
    await cluster.clock.advance(200)
    expect(await answer).toEqual(['NONE', null])
    expect(apart.state).toBe('Ongoing')
  })
})
