import { describe, expect, test } from 'vitest'
import { GroupMember } from '../../broker/handles/groups/group-member.ts'
import { isRealKafka } from '../a-cluster.ts'
import { failureOf, start } from './fixture.ts'

async function startGroup(options: Parameters<typeof start>[0] = {}) {
  const started = await start(options)
  const member = await GroupMember.of(started.cluster, 'billing', 'billing-1')
  expect(await member.join({ orders: [0], many: [0, 1, 2] })).toBe('NONE')
  return { ...started, billing: started.cluster.group(started.cluster.name('billing')), member }
}

describe('toHaveCommitted', () => {
  test('waits for a commit', async () => {
    const { orders, billing, member } = await startGroup({ waitTimeout: 10_000 })
    await expect(billing).not.toHaveCommitted()
    const expected = [
      expect(billing).toHaveCommitted(),
      expect(billing).toHaveCommitted({ [orders.name]: 3 }),
      expect(billing).toHaveCommitted({ topic: orders.name, partition: 0, offset: 3 }),
    ]
    expect(await member.commit('orders', 0, 3)).toBe('NONE')
    await Promise.all(expected)
    await expect(billing).not.toHaveCommitted({ [orders.name]: 4 })
  })

  test('adds up the partitions of a topic, or tells them apart', async () => {
    const { cluster, orders, many, billing, member } = await startGroup()
    await member.commit('many', 0, 2)
    await member.commit('many', 2, 1)
    await member.commit('orders', 0, 5)
    await expect(billing).toHaveCommitted({ [many.name]: 3, [orders.name]: 5 })
    await expect(billing).toHaveCommitted({ [many.name]: { 0: 2, 2: 1 } })
    await expect(billing).toHaveCommitted({ [many.name]: { 2: 1 } })
    await expect(billing).not.toHaveCommitted({ [many.name]: { 0: 2, 1: 0 } })
    await expect(billing).not.toHaveCommitted({ [many.name]: 3, [cluster.name('bills')]: 0 })
    await expect(billing).toHaveCommitted([
      { topic: many.name, partition: 0, offset: 2 },
      { topic: orders.name, offset: 5 },
    ])
    await expect(billing).toHaveCommitted({ topic: many.name, offset: 1 })
    await expect(billing).not.toHaveCommitted({ topic: many.name, partition: 0, offset: 1 })
  })

  test("takes the runner's own matchers, and functions", async () => {
    const { orders, billing, member } = await startGroup()
    await member.commit('orders', 0, 5)
    await expect(billing).toHaveCommitted({ [orders.name]: (offset) => offset >= 3 })
    await expect(billing).toHaveCommitted({ [orders.name]: expect.any(Number) })
    await expect(billing).toHaveCommitted({ topic: orders.name, metadata: '', leaderEpoch: expect.any(Number) })
    await expect(billing).not.toHaveCommitted({ topic: orders.name, metadata: expect.stringContaining('by hand') })
  })

  test('shows what was committed instead, and what the group is doing', async () => {
    const { orders, many, billing, member } = await startGroup()
    await member.commit('orders', 0, 5)
    const shown = isRealKafka ? "{ 'orders': 3 }" : '{ orders: 3 }'
    expect(await failureOf(expect(billing).toHaveCommitted({ [orders.name]: 3 }))).toBe(
      [
        'expect(group).toHaveCommitted(expected)',
        '',
        'Expected the group billing to have committed: Object {\n  "orders": 3,\n}',
        '',
        '- Expected\n+ Received\n\n  {\n-   "orders": 3,\n+   "orders": 5,\n  }',
        '',
        `waited 30 ms for the group billing to have committed ${shown}, in vain.`,
        'The group billing is Stable, with 1 member:',
        `  ${member.memberId} (client.id billing-1 at /127.0.0.1): orders-0, many-0, many-1, many-2`,
        'It has committed: orders-0: 5.',
      ].join('\n'),
    )
    expect(await failureOf(expect(billing).not.toHaveCommitted())).toContain(
      'Expected the group billing not to have committed anything.\n\nThe group billing is Stable',
    )
    const commit = { topic: orders.name, partition: 0, offset: 3 }
    expect(await failureOf(expect(billing).toHaveCommitted(commit))).toContain('-   "offset": 3,\n+   "offset": 5,')
    expect(await failureOf(expect(billing).toHaveCommitted({ [many.name]: { 1: 1 } }))).toContain('-     "1": 1,')
  })

  test('refuses what it cannot make sense of', async () => {
    const { orders, billing } = await startGroup()
    const told = (expected: unknown) => failureOf(expect(billing).toHaveCommitted(expected as never))
    expect(await told({ topic: 'orders', ofset: 3 })).toMatch(/there is no 'ofset', offset is/)
    expect(await told({ topic: 'orders', offset: '3' })).toBe("toHaveCommitted: offset is a number, not '3'")
    expect(await told({ topic: 'orders', offset: Number.NaN })).toBe('toHaveCommitted: offset is a number, not NaN')
    expect(await told({ orders: { 0: Number.NaN } })).toBe(
      'toHaveCommitted: the offset in orders-0 is a number, not NaN',
    )
    expect(await told([])).toMatch(/^toHaveCommitted wants offsets by topic/)
    expect(await told({ orders: {} })).toMatch(/^toHaveCommitted wants offsets by topic/)
    expect(await told({ orders: '3' })).toMatch(/^toHaveCommitted wants offsets by topic, as in { orders: 3 } or /)
    expect(await told({ orders: { first: 3 } })).toMatch(/are told by their index, as in { 0: 3 }, not by 'first'$/)
    expect(await told({})).toMatch(/not {}$/)
    expect(await told(3)).toMatch(/not 3$/)
    expect(await told(undefined)).toMatch(/was given undefined/)
    expect(await failureOf(expect(orders).toHaveCommitted())).toBe(
      "toHaveCommitted wants a group, cluster.group('billing'), not the topic orders",
    )
  })
})

describe('toHaveLag', () => {
  test('waits until a group has caught up', async () => {
    const { orders, billing, member } = await startGroup({ waitTimeout: 10_000 })
    await orders.append([{ value: 'a' }, { value: 'b' }])
    await expect(billing).toHaveLag(2)
    const expected = expect(billing).toHaveLag(0)
    await member.commit('orders', 0, 1)
    await member.commit('orders', 0, 2)
    await expected
    await expect(billing).not.toHaveLag(2)
  })

  test('is told in all, of a topic, or by topic', async () => {
    const { orders, many, billing } = await startGroup()
    await orders.append({ value: 'a' })
    await many.append([{ value: 'a' }, { value: 'b' }])
    await expect(billing).toHaveLag(3)
    await expect(billing).toHaveLag(2, { topic: many.name })
    await expect(billing).toHaveLag({ [many.name]: 2, [orders.name]: 1 })
    await expect(billing).toHaveLag({ [many.name]: (lag) => lag > 1 })
    await expect(billing).not.toHaveLag({ [many.name]: 2, [orders.name]: 2 })
    await expect(billing).toHaveLag(expect.any(Number))
    expect(await failureOf(expect(billing).toHaveLag(0))).toContain(
      'It has committed nothing: many-0: nothing of 1, 1 behind; ',
    )
  })

  test('is none, and not 0, for a group of which nothing is known', async () => {
    const { cluster } = await start()
    await expect(cluster.group(cluster.name('billing'))).not.toHaveLag(0)
    expect(await failureOf(expect(cluster.group(cluster.name('billing'))).toHaveLag(0))).toBe(
      [
        'expect(group).toHaveLag(expected)',
        '',
        'Expected the lag of the group billing to be: 0\nReceived: "none known"',
        '',
        'waited 30 ms for the lag of the group billing to be 0, in vain.',
        'There is no group billing.',
      ].join('\n'),
    )
  })

  test('refuses what is no lag', async () => {
    const { billing } = await startGroup()
    const told = (...given: unknown[]) => failureOf(expect(billing).toHaveLag(...(given as [number])))
    expect(await told('0')).toMatch(/^toHaveLag wants a number, as in toHaveLag\(0\), or one for each topic, as in /)
    expect(await told({ orders: '0' })).toMatch(/^toHaveLag wants a number/)
    expect(await told({ orders: 0 }, { topic: 'orders' })).toMatch(/^toHaveLag wants a number/)
    expect(await told(0, { topic: 3 })).toBe('toHaveLag: topic is the name of one, not 3')
    expect(await told()).toMatch(/^toHaveLag wants a number/)
    expect(await told(Number.NaN)).toMatch(/^toHaveLag wants a number/)
    expect(await failureOf(expect(billing).not.toHaveLag({ orders: Number.NaN }))).toMatch(/^toHaveLag wants a number/)
  })
})

describe('toHaveMembers', () => {
  test('waits until so many have joined, or these', async () => {
    const { cluster, billing, member } = await startGroup({ waitTimeout: 10_000 })
    await expect(billing).toHaveMembers(1)
    await expect(billing).toHaveMembers()
    const expected = [expect(billing).toHaveMembers(2), expect(billing).toHaveMembers(['billing-2', 'billing-1'])]
    const other = await GroupMember.of(cluster, 'billing', 'billing-2')
    const joined = [other.join()]
    expect(await member.heartbeats()).toBe('REBALANCE_IN_PROGRESS')
    joined.push(member.join({ orders: [0] }, { many: [0] }))
    await Promise.all(expected)
    await Promise.all(joined)
    await expect(billing).toHaveMembers([expect.stringMatching(/^billing-/), { clientId: 'billing-2' }])
    await expect(billing).not.toHaveMembers(['billing-1'])
    await expect(billing).not.toHaveMembers(['billing-1', 'billing-1'])
  })

  test('looks at what is told of them', async () => {
    const { orders, billing, member } = await startGroup()
    const assignment = expect.arrayContaining([{ topic: orders.name, partitions: [0] }])
    await expect(billing).toHaveMembers([{ memberId: member.memberId, assignment, groupInstanceId: null }])
    await expect(billing).toHaveMembers([expect.objectContaining({ clientId: 'billing-1' })])
    await expect(billing).not.toHaveMembers([expect.not.stringContaining('billing')])
    await expect(billing).not.toHaveMembers([{ clientId: 'billing-1', assignment: [] }])
  })

  test('tells who the members are', async () => {
    const { cluster, billing, member } = await startGroup()
    expect(await failureOf(expect(billing).toHaveMembers(2))).toContain(
      'Expected the group billing to have 2 members\n\nwaited 30 ms for the group billing to have 2 members, in vain.\n' +
        `The group billing is Stable, with 1 member:\n  ${member.memberId} (client.id billing-1 at /127.0.0.1): `,
    )
    expect(await failureOf(expect(billing).not.toHaveMembers())).toContain('(client.id billing-1 at ')
    await expect(cluster.group(cluster.name('shipping'))).toHaveMembers(0)
    await expect(cluster.group(cluster.name('shipping'))).not.toHaveMembers()
  })

  test('refuses what is no member', async () => {
    const { billing } = await startGroup()
    const told = (expected: unknown) => failureOf(expect(billing).toHaveMembers(expected as never))
    expect(await told([{ clientid: 'billing-1' }])).toMatch(/there is no 'clientid', clientId/)
    expect(await told([1])).toBe('toHaveMembers: a member is told by its client id, not by 1')
    expect(await told('billing-1')).toMatch(/^toHaveMembers wants how many members, or a list of client ids/)
    expect(await told(1.5)).toMatch(/^toHaveMembers: how many is a whole number/)
  })
})
