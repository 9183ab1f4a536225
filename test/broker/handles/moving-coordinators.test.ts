import { describe, expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { FindCoordinator, JoinGroup } from '../../../src/testing/index.ts'
import { WireClient } from '../../wire-client.ts'
import '../../../src/testing/vitest/matchers.ts'
import { GroupMember } from './groups/group-member.ts'

async function start(brokers = 1, waitTimeout = 20_000) {
  const cluster = await KafkaCluster.start({
    brokers,
    waitTimeout,
    topics: { orders: { partitions: 2 } },
    config: { 'group.initial.rebalance.delay.ms': '0' },
  })
  onTestFinished(() => cluster.stop())
  const group = cluster.group('billing')
  const one = await GroupMember.of(cluster, 'billing', 'one')
  await one.join({ orders: [0, 1] })
  return { cluster, group, one }
}

describe('a group whose coordinator is loading it', () => {
  async function startLoading(waitTimeout?: number) {
    const started = await start(2, waitTimeout)
    const { cluster, group } = started
    const next = cluster.broker(3 - (group.coordinator ?? 0))
    const load = next.holdCoordinatorLoads()
    group.moveCoordinator(next)
    return { ...started, next, load }
  }
  const loading = { error: 'COORDINATOR_LOAD_IN_PROGRESS' }

  test('is changed by nobody', async () => {
    const { group, one, load } = await startLoading()
    await expect(group.rebalance()).rejects.toMatchObject(loading)
    await expect(group.evict(one.memberId)).rejects.toMatchObject(loading)
    await expect(group.setOffset('orders', 0, 1)).rejects.toMatchObject(loading)
    load()
    await group.evict(one.memberId)
    expect(group).toMatchObject({ state: 'Empty', committed: [] })
  })

  test('is waited for', async () => {
    const { group, load } = await startLoading()
    const stable = group.waitUntilStable({ members: 1 })
    load()
    expect(await stable).toMatchObject({ state: 'Stable', members: [{ clientId: 'one' }] })
  })

  test('is told of once it is loaded', async () => {
    const { group, load } = await startLoading()
    const told = Promise.all([group.describe(), group.offsets(), group.lag()])
    load()
    expect(await told).toMatchObject([{ state: 'Stable' }, [], 0])
  })

  test('is not found by a matcher to have no members, and to have committed nothing', async () => {
    const { cluster, group, one, load } = await startLoading(200)
    load()
    await GroupMember.of(cluster, 'billing', 'two')
    await group.setOffset('orders', 0, 3)
    const { coordinator = 0 } = group
    const back = cluster.broker(3 - coordinator)
    const hold = back.holdCoordinatorLoads()
    group.moveCoordinator(back)
    const untold = `Of the group billing its coordinator, broker ${back.nodeId}, says COORDINATOR_LOAD_IN_PROGRESS.`
    const soon = { timeout: 50 }
    await expect(expect(group).not.toHaveCommitted({ orders: 3 }, soon)).rejects.toThrow(untold)
    await expect(expect(group).not.toHaveMembers([one.memberId], soon)).rejects.toThrow(untold)
    hold()
    await expect(group).toHaveCommitted({ orders: 3 })
    await expect(group).toHaveMembers(1)
  })

  test('is told to have no coordinator where nobody leads', async () => {
    const { cluster, group } = await start(1, 200)
    await cluster.broker(group.coordinator).kill()
    expect(group.coordinator).toBeUndefined()
    const untold = 'Nobody coordinates the group billing: its partition of __consumer_offsets has no leader that runs.'
    await expect(group.waitUntilStable({ timeout: 1 })).rejects.toThrow(untold)
    await expect(group.offsets()).rejects.toThrow(untold)
  })

  test('is not told to be no group', async () => {
    const { group, next } = await startLoading()
    const told = `Of the group billing its coordinator, broker ${next.nodeId}, says COORDINATOR_LOAD_IN_PROGRESS.`
    await expect(group.waitUntilStable({ timeout: 1 })).rejects.toThrow(told)
    await expect(group.waitUntilCaughtUp({ timeout: 1 })).rejects.toThrow(told)
  })
})

describe('a member that is evicted', () => {
  test('while it joins hears of it at once, and the others go on', async () => {
    const { cluster, group, one } = await start()
    const two = await GroupMember.of(cluster, 'billing', 'two')
    const joining = two.joinGroup()
    await cluster.waitUntil(() => group.members.length === 2, { what: 'the second to join' })
    await group.evict(group.members.find(({ clientId }) => clientId === 'two') ?? '')
    expect(await joining).toBe('UNKNOWN_MEMBER_ID')
    expect(await one.heartbeat()).toBe('REBALANCE_IN_PROGRESS')
    expect(await one.join({ orders: [0, 1] })).toBe('NONE')
    expect(await group.waitUntilStable({ members: 1 })).toMatchObject({ members: [{ clientId: 'one' }] })
  })

  test('as the last whom others wait for has their rebalance end', async () => {
    const { cluster, group, one } = await start()
    const two = await GroupMember.of(cluster, 'billing', 'two')
    const joining = two.join({ orders: [0, 1] })
    await cluster.waitUntil(() => group.members.length === 2, { what: 'the second to join' })
    await group.evict(one.memberId)
    expect(await joining).toBe('NONE')
    expect(await group.waitUntilStable({ members: 1 })).toMatchObject({ members: [{ clientId: 'two' }] })
  })

  test('as the leader before it has said who reads what has the others join anew', async () => {
    const { group, one, cluster } = await start()
    const two = await GroupMember.of(cluster, 'billing', 'two')
    const joining = two.join()
    await cluster.waitUntil(() => group.members.length === 2, { what: 'the second to join' })
    await one.joinGroup()
    await cluster.waitUntil(() => group.state === 'CompletingRebalance', { what: 'the rebalance to complete' })
    await group.evict(one.memberId)
    expect(await joining).toBe('REBALANCE_IN_PROGRESS')
    expect(await two.join({ orders: [0, 1] })).toBe('NONE')
  })

  test('may be static, and its name is free for the next that goes by it (KIP-345)', async () => {
    const { cluster, group } = await start()
    await new WireClient(cluster.connect()).send(FindCoordinator, 1, { key: 'static' })
    const client = new WireClient(cluster.connect())
    const join = (memberId: string) =>
      client.send(JoinGroup, 5, {
        groupId: 'static',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 20_000,
        memberId,
        groupInstanceId: 'instance-1',
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      })
    const { memberId } = await join('')
    const own = cluster.group('static')
    expect(own.members).toMatchObject([{ memberId, groupInstanceId: 'instance-1' }])
    await own.evict(memberId)
    expect(own).toMatchObject({ state: 'Empty', members: [] })
    expect(errorName((await join(memberId)).errorCode)).toBe('UNKNOWN_MEMBER_ID')
    const again = await join('')
    expect(own.members).toMatchObject([{ memberId: again.memberId, groupInstanceId: 'instance-1' }])
    expect(group.members).toHaveLength(1)
  })
})
