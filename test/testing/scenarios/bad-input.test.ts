import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { scenarios } from '../../../src/testing/index.ts'
import { threeBrokers } from './fixture.ts'

const tell = async (act: () => unknown): Promise<string> => {
  try {
    await act()
    return 'nothing'
  } catch (error) {
    return (error as Error).message
  }
}

describe('bad input is told with what to write instead', () => {
  test.each([
    [
      (c) => scenarios.leaderChange(c, { topic: 'bills' }),
      /leaderChange: there is no topic bills; name it in KafkaCluster\.start/,
    ],
    [
      (c) => scenarios.leaderChange(c, { topic: 'orders', partition: 5 }),
      /orders has no partition 5: it has 1, numbered from 0/,
    ],
    [
      (c) => scenarios.leaderChange(c, { topc: 'orders' } as never),
      /leaderChange: there is no 'topc', topic is meant\?/,
    ],
    [(c) => scenarios.leaderChange(c, {} as never), /leaderChange: topic is wanted, not undefined/],
    [(c) => scenarios.leaderChange(c, { topic: 'orders', to: 7 }), /there is no broker 7; there are 1, 2, 3/],
    [
      (c) => scenarios.leaderChange(c, { topic: 'orders', to: c.partition('orders', 0).leader ?? 0 }),
      /leaderChange: broker \d cannot take orders-0 over: it leads it already \(in sync: /,
    ],
    [(c) => scenarios.brokerRestart(c), /brokerRestart: which of 3 brokers\? Name it \(broker: 1\), or what it leads/],
    [(c) => scenarios.brokerRestart(c, { broker: 9 }), /there is no broker 9/],
    [(c) => scenarios.brokerRestart(c, { broker: 1, how: 'pause' as never }), /how is 'stop' or 'kill', not pause/],
    [(c) => scenarios.rollingRestart(c, { broker: 1 } as never), /rollingRestart: there is no 'broker'/],
    [
      (c) => scenarios.slowBroker(c, { broker: 1, roundTrip: 5 }),
      /half of roundTrip is a whole number from 0 on, not 2\.5/,
    ],
    [
      (c) => scenarios.splitNetwork(c, { broker: 1, clients: 'none' as never }),
      /clients is 'everybody' or 'the others'/,
    ],
    [
      (c) => scenarios.coordinatorMove(c, { group: 'billing' }),
      /there is no group billing \(yet\): a consumer has to join it/,
    ],
    [(c) => scenarios.coordinatorMove(c, {} as never), /coordinatorMove: transactionalId is wanted/],
    [
      (c) => scenarios.transactionFenced(c, { transactionalId: 'tx' }),
      /transactionFenced: nobody has used the transactional id tx \(yet\)/,
    ],
  ] as readonly (readonly [(cluster: KafkaCluster) => unknown, RegExp])[])('%s', async (act, message) => {
    const cluster = await threeBrokers()
    expect(await tell(() => act(cluster))).toMatch(message)
  })

  test('a broker that does not run cannot be restarted', async () => {
    const cluster = await threeBrokers()
    await cluster.broker(1).kill()
    expect(await tell(() => scenarios.brokerRestart(cluster, { broker: 1 }))).toMatch(/broker 1 does not run/)
  })

  test('one broker is too few for some', async () => {
    await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
    expect(await tell(() => scenarios.leaderChange(cluster, { topic: 'orders' }))).toMatch(
      /leaderChange: no other replica of orders-0 is in sync \(replicas 1; in sync 1\); start the cluster with \{ brokers: 3/,
    )
    expect(await tell(() => scenarios.splitNetwork(cluster))).toMatch(
      /there is but one broker, and nothing to cut it off/,
    )
  })
})
