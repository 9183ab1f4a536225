/** What a test costs: run by the bench `fixture`, and looked at by nobody else. */
import { newConfig, newConsumer, newSyncProducer, OffsetOldest } from 'memkafka/client'
import { describe, expect, test } from 'memkafka/vitest'
import { heldBy, TestMember } from '../../../../client/group/member.ts'

const TIMES = Array.from({ length: 30 }, (_, i) => i)

describe('a record', () => {
  test.override({ clusterOptions: { topics: { orders: { partitions: 1 } } } })

  for (const i of TIMES) {
    test(`record ${i}`, async ({ cluster }) => {
      const config = newConfig(cluster.clientConfig(), { producer: { return: { successes: true } } })
      const producer = await newSyncProducer(cluster.bootstrapServers, config)
      await producer.sendMessage({ topic: 'orders', value: 'created' })
      const consumer = await newConsumer(cluster.bootstrapServers, config)
      const partition = await consumer.consumePartition('orders', 0, OffsetOldest)
      for await (const { value } of partition.messages) {
        expect(String(value)).toBe('created')
        break
      }
      await partition.close()
      await consumer.close()
      await producer.close()
    })
  }
})

describe('three rebalances under the virtual clock', () => {
  test.override({ clusterOptions: { topics: { orders: { partitions: 4 } }, clock: 'virtual' } })

  for (const i of TIMES) {
    test(`rebalances ${i}`, async ({ cluster }) => {
      const { clock } = cluster
      const first = await TestMember.start(cluster, 'billing')
      await clock.runUntil(() => heldBy(first).length === 4)
      const second = await TestMember.start(cluster, 'billing')
      await clock.runUntil(() => heldBy(first).length === 2 && heldBy(second).length === 2)
      await second.stop()
      await clock.runUntil(() => heldBy(first).length === 4)
      await first.stop()
      expect(first.sessions.length).toBe(3)
    })
  }
})
