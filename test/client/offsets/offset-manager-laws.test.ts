import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newClient } from '../../../src/client/client.ts'
import { newConfig } from '../../../src/client/config/config.ts'
import { newOffsetManagerFromClient } from '../../../src/client/offsets/offset-manager.ts'
import type { PartitionOffsetManager } from '../../../src/client/offsets/partition-offset-manager.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { respond } from '../../../src/testing/index.ts'

const GROUP = 'billing'
const PARTITIONS = 2
/** With fewer retries than things that fail one after the other, `close` gives up, as it is to. */
const MORE_THAN_FAIL = 50

const partition = fc.nat({ max: PARTITIONS - 1 })
const offset = fc.integer({ min: 0, max: 20 })
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('mark' as const), partition, offset }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('reset' as const), partition, offset }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 3_000 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const), broker: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('loading' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), broker: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('start' as const) }) },
  ),
  { minLength: 1, maxLength: 25 },
)

describe('an offset manager, whatever happens to its coordinator and its connections,', () => {
  test('commits only what is marked, goes back by resetOffset alone, and in the end has committed what was marked last', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer(), async (history, seed) => {
        await using cluster = await KafkaCluster.start({
          clock: 'virtual',
          seed,
          brokers: 3,
          topics: { orders: { partitions: PARTITIONS, replicationFactor: 3 } },
        })
        const { net, ...rest } = cluster.clientConfig()
        const streams = new Set<ReturnType<typeof net.dial>>()
        const dial: typeof net.dial = (host, port) => {
          const stream = net.dial(host, port)
          streams.add(stream)
          stream.once('close', () => streams.delete(stream))
          return stream
        }
        await using client = await newClient(
          cluster.bootstrapServers,
          newConfig({ ...rest, net: { dial }, consumer: { offsets: { retry: { max: MORE_THAN_FAIL } } } }),
        )
        const manager = newOffsetManagerFromClient(GROUP, client)
        const managed: PartitionOffsetManager[] = []
        for (let i = 0; i < PARTITIONS; i++) managed.push(await manager.managePartition('orders', i))

        // What each partition may be committed at: the last mark, and what was marked before that since the last reset.
        const marked = managed.map(() => [] as number[])
        const stored = managed.map(() => -1)
        const look = (): void => {
          for (const { partition, offset } of cluster.group(GROUP).committed) {
            expect(marked[partition]).toContain(offset)
            const since = (marked[partition] as number[]).indexOf(stored[partition] as number)
            // What was committed stays until something that was marked after it is.
            expect((marked[partition] as number[]).lastIndexOf(offset)).toBeGreaterThanOrEqual(since)
            stored[partition] = offset
          }
        }
        const commits: Promise<void>[] = []
        for (const step of history) {
          switch (step.kind) {
            case 'mark':
            case 'reset': {
              const one = managed[step.partition] as PartitionOffsetManager
              const before = one.nextOffset().offset
              if (step.kind === 'mark') one.markOffset(step.offset)
              else one.resetOffset(step.offset)
              const { offset } = one.nextOffset()
              expect(offset).toBe(step.kind === 'mark' ? Math.max(before, step.offset) : Math.min(before, step.offset))
              if (offset !== before) marked[step.partition]?.push(offset)
              break
            }
            case 'commit':
              commits.push(manager.commit())
              break
            case 'pass':
              await cluster.clock.advance(step.ms)
              break
            case 'move': {
              const next = cluster.broker(step.broker)
              if (next.isRunning) cluster.group(GROUP).moveCoordinator(next)
              break
            }
            case 'kill':
              // One at a time: the others have all that is committed.
              if (cluster.brokers.every(({ isRunning }) => isRunning)) await cluster.broker(step.broker).kill()
              break
            case 'start':
              for (const broker of cluster.brokers) await broker.start()
              break
            case 'cut':
              for (const stream of streams) stream.destroy()
              break
            case 'loading':
              cluster.use(
                respond(
                  OffsetCommit,
                  ({ request }) => ({
                    topics: request.topics.map(({ name, topicId, partitions }) => ({
                      name,
                      topicId,
                      partitions: partitions.map(({ partitionIndex }) => ({
                        partitionIndex,
                        errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
                      })),
                    })),
                  }),
                  { once: true },
                ),
              )
              break
          }
          look()
        }
        let over = false
        const closed = Promise.all([...commits, manager.close()]).then(() => {
          over = true
        })
        await cluster.clock.runUntil(() => over)
        await closed
        look()
        for (const [i, one] of marked.entries()) if (one.length > 0) expect(stored[i]).toBe(one.at(-1))
      }),
      { numRuns: 40 },
    )
  })
})
