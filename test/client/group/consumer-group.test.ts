import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { heldBy, TestMember } from './member.ts'

const orders = { orders: { partitions: 4 } }
const all = ['orders/0', 'orders/1', 'orders/2', 'orders/3']

describe('a group', () => {
  test('gives its only member every partition', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: orders })
    const member = await TestMember.start(cluster, 'billing')
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    expect(heldBy(member)).toEqual(all)
    expect(cluster.group('billing').state).toBe('Stable')
    await member.stop()
    expect(cluster.group('billing').members).toEqual([])
    expect(member.sessions).toMatchObject([{ cleaned: true }])
    expect(member.errors).toEqual([])
  })

  test('shares its partitions out again when a member comes, and when one leaves', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: orders })
    const first = await TestMember.start(cluster, 'billing')
    await cluster.clock.runUntil(() => heldBy(first).length === 4)
    const second = await TestMember.start(cluster, 'billing')
    await cluster.clock.runUntil(() => heldBy(second).length === 2 && heldBy(first).length === 2)
    expect(heldBy(first, second)).toEqual(all)
    await second.stop()
    await cluster.clock.runUntil(() => heldBy(first).length === 4)
    await first.stop()
    expect([...first.errors, ...second.errors]).toEqual([])
  })
})
