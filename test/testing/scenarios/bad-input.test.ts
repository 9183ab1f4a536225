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
    [(c) => scenarios.poisonRecord(c, { topic: 'bills' }), /poisonRecord: there is no topic bills/],
    [
      (c) => scenarios.poisonRecord(c, { topic: 'orders', vlaue: 'x' } as never),
      /there is no 'vlaue', value is meant\?/,
    ],
    [
      (c) => scenarios.expiredOffset(c, { topic: 'orders' }),
      /expiredOffset: orders-0 is empty: there is nothing that could/,
    ],
    [(c) => scenarios.rebalanceStorm(c, { group: 'billing' }), /rebalanceStorm: there is no group billing/],
    [
      (c) => scenarios.rebalanceStorm(c, { group: 'billing', rebalances: 0 }),
      /rebalances is a whole number from 1 on, not 0/,
    ],
    [(c) => scenarios.memberEviction(c, { group: 'billing' }), /memberEviction: there is no group billing/],
    [
      (c) => scenarios.duplicateDelivery(c, { group: 'billing', topic: 'bills' }),
      /duplicateDelivery: there is no topic bills/,
    ],
    [(c) => scenarios.duplicateDelivery(c, { group: '' }), /duplicateDelivery: group is wanted, not ''/],
    [
      (c) => scenarios.lostAcknowledgement(c, { topic: 'orders', times: 0.5 }),
      /times is a whole number from 1 on, not 0\.5/,
    ],
    [(c) => scenarios.fullQuota(c, { throttle: -1 }), /fullQuota: throttle is a whole number from 1 on, not -1/],
    [(c) => scenarios.fullQuota(c, { quota: 'cpu' as never }), /quota is 'produce', 'fetch' or 'requests', not cpu/],
    [(c) => scenarios.fullQuota(c, 5 as never), /fullQuota: an object is wanted, not 5/],
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

describe('what a group has not left to expire or to evict', () => {
  const committed = async (offset: number) => {
    const cluster = await threeBrokers()
    await cluster.topic('orders').append([{ value: 'one' }, { value: 'two' }])
    await cluster.group('billing').setOffset('orders', 0, offset)
    return cluster
  }

  test('is told of: it has read all, or committed nothing there', async () => {
    const cluster = await committed(2)
    const expire = (group: string) => tell(() => scenarios.expiredOffset(cluster, { topic: 'orders', group }))
    expect(await expire('billing')).toMatch(
      /billing has read all of orders-0 \(offset 2 of 2\): append what it has not/,
    )
    expect(await expire('shipping')).toMatch(/there is no group shipping/)
    await cluster.topic('orders').append({ value: 'three' })
    expect(await expire('billing')).toBe('nothing')
    expect(cluster.partition('orders', 0).logStartOffset).toBe(3)
  })

  test('is told of: it has no members', async () => {
    const cluster = await committed(1)
    expect(await tell(() => scenarios.memberEviction(cluster, { group: 'billing' }))).toMatch(
      /memberEviction: billing has no members: it is Empty/,
    )
  })
})

test('a scenario that is a handler was made where the test called for it', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  const made = [
    scenarios.duplicateDelivery(cluster, { group: 'billing' }),
    scenarios.lostAcknowledgement(cluster, { topic: 'orders' }),
    scenarios.fullQuota(cluster),
  ]
  for (const { handler } of made) expect(handler.madeAt).toMatch(/bad-input\.test\.ts:\d+:\d+$/)
})
