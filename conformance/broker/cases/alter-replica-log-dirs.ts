import type { Input } from '../../../src/protocol/message.ts'
import {
  AlterReplicaLogDirs,
  type AlterReplicaLogDirsRequest,
} from '../../../src/protocol/messages/alter-replica-log-dirs.ts'
import { DescribeLogDirs } from '../../../src/protocol/messages/describe-log-dirs.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'

type Dir = readonly [path: string, ...topics: (readonly [name: string, partitions: readonly number[]])[]]

function moving(...dirs: Dir[]): Input<AlterReplicaLogDirsRequest> {
  return {
    dirs: dirs.map(([path, ...topics]) => ({
      path,
      topics: topics.map(([name, partitions]) => ({ name, partitions: [...partitions] })),
    })),
  }
}

/** The directory that the broker has. */
async function ownDir(world: World): Promise<string> {
  const { results } = await world.arrange(DescribeLogDirs, { topics: [] })
  return results[0]?.logDir ?? ''
}

export const alterReplicaLogDirs = casesOf(
  AlterReplicaLogDirs,
  ['INVALID_TOPIC_EXCEPTION', 'LOG_DIR_NOT_FOUND', 'REPLICA_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION'],
  {
    'the directory that they lie in': async (world) => {
      const { name } = await world.topic('orders', { partitions: 2 })
      await world.ask(AlterReplicaLogDirs, moving([await ownDir(world), [name, [0, 1]]]))
    },
    'a directory that is not there': async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(AlterReplicaLogDirs, moving(['/no/such/folder', [name, [0, 7]], [world.name('missing'), [0]]]))
      await world.ask(AlterReplicaLogDirs, moving(['', [name, [0]]]), { as: 'no directory' })
    },
    'replicas that are not there': async (world) => {
      const { name } = await world.topic('orders')
      const dir = await ownDir(world)
      await world.ask(AlterReplicaLogDirs, moving([dir, [name, [7, 0, -1]], [world.name('missing'), [0]]]))
      await world.ask(AlterReplicaLogDirs, moving([dir, ['x'.repeat(230), [0]]]), { as: 'a very long name' })
    },
    'a replica twice': async (world) => {
      const { name } = await world.topic('orders')
      const dir = await ownDir(world)
      await world.ask(AlterReplicaLogDirs, moving([dir, [name, [0, 0]]]))
      await world.ask(AlterReplicaLogDirs, moving([dir, [name, [0]]], ['/no/such/folder', [name, [0]]]), {
        as: 'in two directories',
      })
    },
    'no replicas': async (world) => {
      await world.ask(AlterReplicaLogDirs, moving())
      const { name } = await world.topic('orders')
      await world.ask(AlterReplicaLogDirs, moving([await ownDir(world), [name, []]]), { as: 'of a topic' })
    },
    'replicas of another broker': [
      { brokers: 3 },
      async (world) => {
        const { name } = await world.topic('orders', { replicas: [[2], [1]] })
        await world.ask(AlterReplicaLogDirs, moving([await ownDir(world), [name, [0, 1]]]))
      },
    ],
  },
)
