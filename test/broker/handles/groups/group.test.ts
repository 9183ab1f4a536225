import { describe, expect, onTestFinished, test } from 'vitest'
import { type ClusterOptions, KafkaCluster, UnmetWaitError } from '../../../../src/index.ts'
import type { TestGroup } from '../../../../src/testing/index.ts'
import { aCluster, isRealKafka, onMemkafka } from '../../../testing/a-cluster.ts'
import { GroupMember } from './group-member.ts'

const config = { 'group.initial.rebalance.delay.ms': '0' }
const topics = { orders: { partitions: 2 } }

/** Be it memkafka or real Kafka. */
async function start() {
  const cluster = await aCluster({ topics, config })
  const group = cluster.group(cluster.name('billing'))
  const member = (clientId: string) => GroupMember.of(cluster, 'billing', clientId)
  return { cluster, orders: cluster.topic(cluster.name('orders')), group, member }
}

/** For what memkafka alone can do. */
async function startMemkafka(options: ClusterOptions = {}) {
  const cluster = await KafkaCluster.start({ topics, ...options, config: { ...config, ...options.config } })
  onTestFinished(() => cluster.stop())
  const group = cluster.group('billing')
  const member = (clientId: string) => GroupMember.of(cluster, 'billing', clientId)
  return { cluster, orders: cluster.topic('orders'), group, member }
}

/** A group of one member, which has been assigned the whole topic. */
async function startWithMember() {
  return withMember(await start())
}

async function withMember<Started extends Pick<Awaited<ReturnType<typeof start>>, 'member'>>(started: Started) {
  const one = await started.member('one')
  await one.join({ orders: [0, 1] })
  return { ...started, one }
}

const onlyHere = onMemkafka('what a handle tells without being asked it knows from the emulator alone')

const SOON = { timeout: 1 }

describe('a group in a test’s hand', () => {
  test('tells its members and what each of them is to read', async () => {
    const { group, one, orders } = await startWithMember()
    const member = {
      memberId: one.memberId,
      groupInstanceId: null,
      clientId: 'one',
      clientHost: expect.stringMatching(/^\//),
      assignment: [{ topic: orders.name, partitions: [0, 1] }],
    }
    expect(await group.describe()).toEqual({
      groupId: group.id,
      state: 'Stable',
      protocolType: 'consumer',
      protocol: 'range',
      coordinator: expect.any(Number),
      members: [member],
    })
  })

  onlyHere('and does so without being asked', async () => {
    const { group, one } = await withMember(await startMemkafka())
    expect(group.members).toEqual((await group.describe()).members)
    expect(group).toMatchObject({ state: 'Stable', coordinator: 1, members: [{ memberId: one.memberId }] })
    await group.evict(one.memberId)
    expect(group).toMatchObject({ state: 'Empty', members: [] })
  })

  test('tells no assignment where the protocol is not that of consumers', async () => {
    const { cluster } = await start()
    await (await GroupMember.of(cluster, 'connect', 'worker', 'connect')).join({ orders: [0] })
    const { members } = await cluster.group(cluster.name('connect')).describe()
    expect(members).toMatchObject([{ clientId: 'worker', assignment: undefined }])
  })

  test('may be not there', async () => {
    const { group } = await start()
    expect(await group.describe()).toMatchObject({
      state: 'Dead',
      protocolType: '',
      // memkafka makes the topic of all groups with the first of them, as Kafka does when somebody asks for a coordinator.
      coordinator: isRealKafka ? expect.any(Number) : undefined,
      members: [],
    })
    expect(await group.offsets()).toEqual([])
    expect(await group.lag()).toBe(0)
  })
})

describe('the lag of a group', () => {
  test('is what lies between its commits and the ends of the logs', async () => {
    const { cluster, group, orders, one } = await startWithMember()
    await orders.append([0, 0, 0, 1, 1].map((partition) => ({ value: 'a', partition })))
    await one.commit('orders', 0, 2)
    expect(await group.lags()).toEqual([
      { topic: orders.name, partition: 0, committed: 2, end: 3, lag: 1 },
      { topic: orders.name, partition: 1, committed: undefined, end: 2, lag: 2 },
    ])
    expect(await group.lag()).toBe(3)
    expect(await group.lag(orders.name)).toBe(3)
    expect(await group.lag('bills')).toBe(0)
    await cluster.partition(orders.name, 1).clear()
    expect(await group.lag()).toBe(1)
    expect(await group.offsets()).toEqual([
      { topic: orders.name, partition: 0, offset: 2, leaderEpoch: -1, metadata: '' },
    ])
    await expect(group.lag(0 as unknown as string)).rejects.toThrow("by a topic's name, or of all topics, not by 0")
  })
})

describe('a test that waits for a group', () => {
  test('is told when it is stable, with so many members as it wants', async () => {
    const { group, member, orders } = await start()
    const stable = group.waitUntilStable()
    const withTwo = group.waitUntilStable({ members: 2 })
    const [one, two] = [await member('one'), await member('two')]
    await one.join({ orders: [0, 1] })
    expect(await stable).toMatchObject({ state: 'Stable', members: [{ clientId: 'one' }] })
    const joining = two.join()
    expect(await one.heartbeats()).toBe('REBALANCE_IN_PROGRESS')
    await Promise.all([one.join({ orders: [0] }, { orders: [1] }), joining])
    const { members } = await withTwo
    expect(Object.fromEntries(members.map(({ clientId, assignment }) => [clientId, assignment]))).toEqual({
      one: [{ topic: orders.name, partitions: [0] }],
      two: [{ topic: orders.name, partitions: [1] }],
    })
  })

  test('is told when it has caught up', async () => {
    const { group, orders, one } = await startWithMember()
    await orders.append([0, 0, 1].map((partition) => ({ value: 'a', partition })))
    const caughtUp = Promise.all([group.waitUntilCaughtUp(), group.waitUntilCaughtUp({ topic: orders.name })])
    await one.commit('orders', 0, 2)
    await expect(group.waitUntilCaughtUp(SOON)).rejects.toThrow(UnmetWaitError)
    await one.commit('orders', 1, 1)
    await caughtUp
  })

  test('is not told that it has caught up before anything is known of it, nor while it rebalances', async () => {
    const { group, orders, member, one } = await startWithMember()
    await one.commit('orders', 0, 0)
    await group.rebalance()
    await expect(group.waitUntilCaughtUp(SOON)).rejects.toThrow(`The group ${group.id} is PreparingRebalance`)
    const other = (await start()).cluster.group('unheard-of')
    await expect(other.waitUntilCaughtUp(SOON)).rejects.toThrow('There is no group unheard-of')
    await expect(other.waitUntilCaughtUp({ ...SOON, topic: orders.name })).rejects.toThrow('no group unheard-of')
    // With a topic that is named its other partitions count too, whoever has them.
    await orders.append({ value: 'a', partition: 1 })
    await one.join({ orders: [0] })
    await group.waitUntilCaughtUp()
    await expect(group.waitUntilCaughtUp({ ...SOON, topic: orders.name })).rejects.toThrow(UnmetWaitError)
    expect(member).toBeDefined()
  })

  test('is told of a commit', async () => {
    const { group, one, orders } = await startWithMember()
    const three = group.waitForCommit({ topic: orders.name, partition: 1, offset: 3 })
    const any = group.waitForCommit({ topic: orders.name, offset: 1 })
    await one.commit('orders', 0, 2)
    expect(await any).toMatchObject({ partition: 0, offset: 2 })
    await one.commit('orders', 1, 4)
    expect(await three).toEqual({ topic: orders.name, partition: 1, offset: 4, leaderEpoch: -1, metadata: '' })
  })

  test('is told how it stands instead', async () => {
    const { cluster, group, orders, one } = await startWithMember()
    await orders.append([0, 0, 1].map((partition) => ({ value: 'a', partition })))
    await one.commit('orders', 0, 2)
    const { id } = group
    const { clientHost } = (await group.describe()).members[0] ?? {}
    const told = [
      `waited 1 ms for the group ${id} to have caught up, in vain.`,
      `The group ${id} is Stable, with 1 member:`,
      `  ${one.memberId} (client.id one at ${clientHost}): ${orders.name}-0, ${orders.name}-1`,
      `It has committed: ${orders.name}-0: 2 of 2, caught up; ${orders.name}-1: nothing of 1, 1 behind.`,
    ]
    await expect(group.waitUntilCaughtUp(SOON)).rejects.toThrow(told.join('\n'))
    await expect(group.waitUntilStable({ ...SOON, members: 2 })).rejects.toThrow(
      `waited 1 ms for the group ${id} to be stable with 2 members, in vain.\nThe group ${id} is Stable, with 1 member:`,
    )
    await expect(group.waitForCommit({ topic: orders.name, partition: 1, offset: 1 }, SOON)).rejects.toThrow(
      `waited 1 ms for the group ${id} to commit 1 in ${orders.name}-1, in vain.`,
    )
    await expect(cluster.group('biling').waitUntilStable(SOON)).rejects.toThrow('There is no group biling.')
  })

  onMemkafka('other clients are seen by brokers alone')('is told who is connected', async () => {
    const { group } = await withMember(await startMemkafka())
    await expect(group.waitUntilStable({ ...SOON, members: 2 })).rejects.toThrow(
      'Connected are: wire-client to broker 1, which last asked for FindCoordinator v1; wire-client of the group billing to broker 1, which last asked for SyncGroup v3.',
    )
  })

  test('is refused what cannot be', async () => {
    const { group } = await start()
    await expect(group.waitUntilStable({ members: 0 })).rejects.toThrow('members is a number from 1 on, not 0')
    await expect(group.waitUntilStable({ member: 2 } as object)).rejects.toThrow(
      "there is no 'member', members is meant?",
    )
    await expect(group.waitUntilStable(2 as unknown as object)).rejects.toThrow(
      'waitUntilStable: an object is wanted, not 2',
    )
    await expect(group.waitUntilCaughtUp({ topic: 3 as unknown as string })).rejects.toThrow("a topic's name, not 3")
    await expect(group.waitForCommit({ topic: 'orders', offset: -1 })).rejects.toThrow('waitForCommit wants a topic')
    await expect(group.waitForCommit('orders' as unknown as { topic: string; offset: 1 })).rejects.toThrow(
      'wants a topic',
    )
  })
})

describe('a rebalance that a test asks for', () => {
  test('has every member join again', async () => {
    const { group, one, orders } = await startWithMember()
    await group.rebalance()
    expect((await group.describe()).state).toBe('PreparingRebalance')
    await group.rebalance()
    expect(await one.heartbeat()).toBe('REBALANCE_IN_PROGRESS')
    expect(await one.join({ orders: [1] })).toBe('NONE')
    expect(await group.waitUntilStable()).toMatchObject({
      members: [{ memberId: one.memberId, assignment: [{ topic: orders.name, partitions: [1] }] }],
    })
  })

  test('needs members', async () => {
    const { group, orders } = await start()
    await expect(group.rebalance()).rejects.toThrow(
      `the group ${group.id} has no members that could rebalance: there is no`,
    )
    await group.setOffset(orders.name, 0, 0)
    await expect(group.rebalance()).rejects.toThrow('it is Empty')
  })
})

describe('a member that is evicted', () => {
  test('hears UNKNOWN_MEMBER_ID, and the others share what it had', async () => {
    const { group, member } = await start()
    const [one, two] = [await member('one'), await member('two')]
    await one.join({ orders: [0, 1] })
    const joining = two.join()
    await one.heartbeats()
    await Promise.all([one.join({ orders: [0] }, { orders: [1] }), joining])
    await group.evict(two.memberId)
    expect(await two.heartbeat()).toBe('UNKNOWN_MEMBER_ID')
    expect(await two.commit('orders', 1, 1)).toBe('UNKNOWN_MEMBER_ID')
    expect(await one.heartbeats()).toBe('REBALANCE_IN_PROGRESS')
    await one.join({ orders: [0, 1] })
    expect((await group.describe()).members).toMatchObject([{ clientId: 'one' }])
  })

  test('may be named as the group has it, and leaves an empty group if it was the last', async () => {
    const { group, one } = await startWithMember()
    const [member] = (await group.describe()).members
    if (member === undefined) throw new Error('there is a member')
    await group.evict(member)
    expect(await group.describe()).toMatchObject({ state: 'Empty', members: [] })
    expect(await one.heartbeat()).toBe('UNKNOWN_MEMBER_ID')
  })

  test('is told at once while its JoinGroup is held', async () => {
    const { group, member } = await start()
    const [one, two] = [await member('one'), await member('two')]
    await one.join({ orders: [0, 1] })
    const joining = two.join()
    await one.heartbeats()
    await group.evict(await otherThan(one, group))
    expect(await joining).toBe('UNKNOWN_MEMBER_ID')
  })

  onMemkafka('Kafka leaves the SyncGroup of who is put out unanswered')('and while its SyncGroup is', async () => {
    const { group, member } = await startMemkafka()
    const [one, two] = [await member('one'), await member('two')]
    await one.join({ orders: [0, 1] })
    const joining = two.join()
    await one.heartbeats()
    await one.joinGroup()
    await group.evict(await otherThan(one, group))
    expect(await joining).toBe('UNKNOWN_MEMBER_ID')
  })

  test('has to be one', async () => {
    const { group, one } = await startWithMember()
    await expect(group.evict('one')).rejects.toThrow(
      `one is no member of the group ${group.id}: it has ${one.memberId} (client.id one`,
    )
    await expect(group.evict(undefined as unknown as string)).rejects.toThrow('evict wants a member of the group')
  })
})

describe('an offset that a test sets', () => {
  test('is committed as any, in a group that need not be there', async () => {
    const { group, orders } = await start()
    await group.setOffset(orders.name, 1, 5)
    expect(await group.describe()).toMatchObject({ state: 'Empty', members: [] })
    expect(await group.offsets()).toMatchObject([{ topic: orders.name, partition: 1, offset: 5 }])
  })

  onMemkafka('its coordinator is moved')('outlives its coordinator', async () => {
    const { cluster, group } = await startMemkafka({
      brokers: 2,
      config: { 'offsets.topic.replication.factor': '2', 'offsets.topic.num.partitions': '1' },
    })
    await group.setOffset('orders', 1, 5)
    expect(group).toMatchObject({ state: 'Empty', committed: [{ topic: 'orders', partition: 1, offset: 5 }] })
    group.moveCoordinator(cluster.broker(3 - (group.coordinator ?? 0)))
    expect(group.committed).toMatchObject([{ topic: 'orders', partition: 1, offset: 5 }])
  })

  onMemkafka('Kafka lets nobody else commit')('may be set while there are members, which commit over it', async () => {
    const { group, one } = await withMember(await startMemkafka())
    await one.commit('orders', 0, 4)
    await group.setOffset('orders', 0, 1)
    expect(group.committed).toMatchObject([{ partition: 0, offset: 1 }])
    expect(await one.heartbeat()).toBe('NONE')
    await one.commit('orders', 0, 5)
    expect(group.committed).toMatchObject([{ partition: 0, offset: 5 }])
  })

  test('is refused where it cannot be', async () => {
    const { cluster, group, orders } = await start()
    const bills = cluster.name('bills')
    await expect(group.setOffset(orders.name, 0, -1)).rejects.toThrow('an offset from 0 on is wanted, not -1')
    await expect(group.setOffset(orders.name, 2, 0)).rejects.toThrow(`there is no partition 2 of ${orders.name}`)
    await expect(group.setOffset(bills, 0, 0)).rejects.toThrow(`setOffset: there is no topic ${bills}`)
  })
})

onMemkafka('it has brokers to move things to')('a broker is wanted where a number is given', async () => {
  const { cluster, group } = await startMemkafka()
  const two = 2 as unknown as Parameters<typeof group.moveCoordinator>[0]
  expect(() => group.moveCoordinator(two)).toThrow('moveCoordinator wants a broker, as cluster.broker(2), not 2')
  expect(() => cluster.transaction('tx').moveCoordinator(two)).toThrow('moveCoordinator wants a broker')
  expect(() => cluster.partition('orders', 0).elect(two)).toThrow('elect wants a broker, as cluster.broker(2), not 2')
  expect(() => cluster.partition('orders', 0).log(two)).toThrow('log wants a broker')
  expect(() => cluster.topic('nope').shuffleLeaders()).toThrow('there is no topic nope')
})

async function otherThan(member: GroupMember, group: TestGroup): Promise<string> {
  const { members } = await group.describe()
  return members.find(({ memberId }) => memberId !== member.memberId)?.memberId ?? ''
}
