import { expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { AlterReplicaLogDirs } from '../../../src/protocol/messages/alter-replica-log-dirs.ts'
import { DescribeLogDirs } from '../../../src/protocol/messages/describe-log-dirs.ts'
import { WireClient } from '../../wire-client.ts'

async function start() {
  const cluster = await KafkaCluster.start({
    brokers: 2,
    topics: { a: { partitions: 2 } },
    config: { 'log.dirs': '/one,/other' },
  })
  const client = new WireClient(cluster.connect(1))
  return {
    client,
    /** Tells of each partition the error. */
    move: async (version: number, path: string, name: string, partitions: number[]) => {
      const dirs = [{ path, topics: [{ name, partitions }] }]
      const { results } = await client.send(AlterReplicaLogDirs, version, { dirs })
      return results.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorName(errorCode)))
    },
    /** Which partitions lie in which directory. */
    lying: async () => {
      const { results } = await client.send(DescribeLogDirs, 4, { topics: null })
      return results.map(({ logDir, topics }) => [
        logDir,
        topics.flatMap(({ partitions }) => partitions.map(({ partitionIndex }) => partitionIndex)).sort(),
      ])
    },
    [Symbol.asyncDispose]: async () => {
      client.close()
      await cluster.stop()
    },
  }
}

test.each([1, 2])(
  'AlterReplicaLogDirs version %i moves a replica to another directory of its broker',
  async (version) => {
    await using kafka = await start()
    const [, own] = (await kafka.lying())[0] as [string, number[]]
    expect(own).toHaveLength(1)
    expect(await kafka.lying()).toEqual([
      ['/one', own],
      ['/other', []],
    ])
    expect(await kafka.move(version, '/other', 'a', own)).toEqual(['NONE'])
    expect(await kafka.lying()).toEqual([
      ['/one', []],
      ['/other', own],
    ])
  },
)

test('AlterReplicaLogDirs knows its own directories and replicas alone', async () => {
  await using kafka = await start()
  const [, own = []] = (await kafka.lying())[0] as [string, number[]]
  expect(await kafka.move(2, '/third', 'a', own)).toEqual(['LOG_DIR_NOT_FOUND'])
  expect(await kafka.move(2, '/other', 'b', [0])).toEqual(['UNKNOWN_TOPIC_OR_PARTITION'])
  expect(await kafka.move(2, '/other', 'x'.repeat(230), [0])).toEqual(['INVALID_TOPIC_EXCEPTION'])
  const others = [0, 1].filter((index) => !own.includes(index))
  expect(await kafka.move(2, '/other', 'a', others)).toEqual(['REPLICA_NOT_AVAILABLE'])
})
