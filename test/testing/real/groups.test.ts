import { EventEmitter, once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ConsumerGroupHandler, newConfig, newConsumerGroup } from '../../../src/client/index.ts'
import { UnmetWaitError } from '../../../src/index.ts'
import { type Given, kinds, start } from './clusters.ts'

describe.each(kinds)('a group on %s', (kind) => {
  test('that nobody is in yet is dead, and has committed nothing', async () => {
    const { cluster } = await start(kind)
    const group = cluster.group(cluster.name('billing'))
    expect(await group.describe()).toMatchObject({ groupId: group.id, state: 'Dead', protocol: '', members: [] })
    expect(await group.offsets()).toEqual([])
    expect(await group.lag()).toBe(0)
    await expect(group.rebalance()).rejects.toThrow(`the group ${group.id} has no members that could rebalance`)
    await expect(group.evict('nobody')).rejects.toThrow(`nobody is no member of the group ${group.id}: it has none`)
  })

  test('is waited for until it is stable, has committed and has caught up', async () => {
    const given = await start(kind)
    const { cluster, many } = given
    const group = cluster.group(cluster.name('billing'))
    await cluster.topic(many).append([{ value: '1' }, { value: '2' }, { value: '3' }, { value: '4' }])
    await consume(given, group.id, many)
    const { members, coordinator, protocol } = await group.waitUntilStable({ members: 1 })
    expect(members[0]?.assignment).toEqual([{ topic: many, partitions: [0, 1, 2] }])
    expect(protocol).toBe('range')
    expect(coordinator).toEqual(expect.any(Number))
    const commit = await group.waitForCommit({ topic: many, partition: 0, offset: 2 })
    expect(commit).toMatchObject({ topic: many, partition: 0, offset: 2 })
    await group.waitUntilCaughtUp({ topic: many })
    expect(await group.lag(many)).toBe(0)
    await expect(group).toHaveLag(0)
    await expect(group).toHaveMembers(1)
    await expect(group).toHaveCommitted({ [many]: 4 })
    await expect(group).not.toHaveMembers(2)
  })

  test('is behind by what it has not committed', async () => {
    const { cluster, many } = await start(kind)
    const group = cluster.group(cluster.name('billing'))
    await cluster.topic(many).append([{ value: '1' }, { value: '2' }, { value: '3' }, { value: '4' }])
    await group.setOffset(many, 0, 1)
    expect(await group.offsets()).toEqual([{ topic: many, partition: 0, offset: 1, leaderEpoch: -1, metadata: '' }])
    expect(await group.lags()).toEqual([{ topic: many, partition: 0, committed: 1, end: 2, lag: 1 }])
    expect(await group.lag('nowhere')).toBe(0)
    const error: Error = await group.waitUntilCaughtUp({ topic: many, timeout: 200 }).then(
      () => expect.unreachable(),
      (one) => one,
    )
    expect(error).toBeInstanceOf(UnmetWaitError)
    expect(error.message).toContain(`waited 200 ms for the group ${group.id} to have caught up in ${many}, in vain`)
    expect(error.message).toContain(`It has committed: ${many}-0: 1 of 2, 1 behind.`)
    await group.setOffset(many, 0, 2)
    await group.waitUntilCaughtUp()
  })

  test('goes on after a rebalance that a test asks for', async () => {
    const given = await start(kind)
    const { cluster, many } = given
    const group = cluster.group(cluster.name('billing'))
    const { session } = await consume(given, group.id, many)
    await session(1)
    await group.rebalance()
    await session(2)
    await group.waitUntilStable({ members: 1 })
    await cluster.topic(many).append({ value: 'after' })
    await group.waitUntilCaughtUp({ topic: many })
  })

  test('loses a member that a test evicts, which joins again', async () => {
    const given = await start(kind)
    const { cluster, many } = given
    const group = cluster.group(cluster.name('billing'))
    const { session } = await consume(given, group.id, many)
    await session(1)
    const { members } = await group.waitUntilStable({ members: 1 })
    await group.evict(members[0] ?? '')
    await session(2)
    expect((await group.waitUntilStable({ members: 1 })).members[0]?.memberId).not.toBe(members[0]?.memberId)
  })

  test('is not asked for by wrong words', async () => {
    const { cluster, orders } = await start(kind)
    const group = cluster.group(cluster.name('billing'))
    await expect(group.waitUntilStable({ members: 0 })).rejects.toThrow('members is a number from 1 on')
    await expect(group.waitForCommit({ topic: orders } as never)).rejects.toThrow('waitForCommit wants a topic')
    await expect(group.setOffset(orders, 1, 0)).rejects.toThrow(`there is no partition 1 of ${orders}`)
    await expect(group.setOffset(cluster.name('nowhere'), 0, 0)).rejects.toThrow('setOffset: there is no topic')
    await expect(group.setOffset(orders, 0, -1)).rejects.toThrow('an offset from 0 on is wanted')
    await expect(group.lag(7 as never)).rejects.toThrow("by a topic's name")
    await expect(group.evict({} as never)).rejects.toThrow('evict wants a member')
    await expect(cluster.transaction('x').waitFor('Done' as never)).rejects.toThrow('a transaction is never')
  })
})

/** A member that reads a topic from its beginning, until the test ends; and when its first session has begun, its second, … */
async function consume(
  { cluster, config }: Given,
  group: string,
  topic: string,
): Promise<{ session(number: number): Promise<void> }> {
  const own = newConfig(config, {
    consumer: {
      group: { heartbeat: { interval: 200 }, session: { timeout: 6000 }, rebalance: { timeout: 6000 } },
      offsets: { autoCommit: { enable: true, interval: 100 } },
    },
  })
  const consumer = await newConsumerGroup(cluster.bootstrapServers, group, own)
  const begun = new EventEmitter()
  let sessions = 0
  const over = new AbortController()
  const handler: ConsumerGroupHandler = {
    setup: () => void begun.emit(`session ${++sessions}`),
    consumeClaim: async (session, claim) => {
      for await (const message of claim.messages) session.markMessage(message)
    },
  }
  const run = async (): Promise<void> => {
    // A member that is put out of its group while it joins hears of it by an error.
    while (!over.signal.aborted) await consumer.consume([topic], handler, { signal: over.signal }).catch(() => {})
  }
  const running = run()
  onTestFinished(async () => {
    over.abort()
    await consumer.close()
    await running
  })
  const session = async (number: number): Promise<void> => {
    if (sessions < number) await once(begun, `session ${number}`)
  }
  return { session }
}
