import { AlterPartitionReassignments } from '../../../src/protocol/messages/alter-partition-reassignments.ts'
import { casesOf } from '../case.ts'
import { seeTopics } from './admin-bodies.ts'
import { type Move, moved, moving } from './reassignments.ts'

export const alterPartitionReassignments = casesOf(
  AlterPartitionReassignments,
  [
    'INVALID_REPLICATION_FACTOR',
    'INVALID_REPLICA_ASSIGNMENT',
    'NOT_CONTROLLER',
    'NO_REASSIGNMENT_IN_PROGRESS',
    'REQUEST_TIMED_OUT',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  {
    'the brokers that there are': async (world) => {
      const { name } = await world.topic('orders', { partitions: 2 })
      const same: Move[] = [
        [name, 0, [1]],
        [name, 1, [1]],
      ]
      await world.ask(AlterPartitionReassignments, moving(same))
      await seeTopics(world, [name])
    },
    'partitions that are not there': async (world) => {
      const { name } = await world.topic('orders')
      const moves: Move[] = [
        [name, 7, [1]],
        [name, -1, [1]],
        [world.name('missing'), 0, [1]],
        ['in valid', 0, [1]],
        ['', 0, null],
        [name, 0, [1]],
      ]
      await world.ask(AlterPartitionReassignments, moving(moves))
    },
    'wrong brokers': async (world) => {
      const { name } = await world.topic('orders')
      const wrong: Record<string, readonly number[]> = {
        none: [],
        'one that is not there': [1, 99],
        'one twice': [1, 1],
        'one that cannot be': [-1],
      }
      for (const [as, brokers] of Object.entries(wrong)) {
        await world.ask(AlterPartitionReassignments, moving([[name, 0, brokers]]), { as })
      }
      await seeTopics(world, [name])
    },
    'nothing to end': async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(AlterPartitionReassignments, moving([[name, 0, null]]))
    },
    'a partition twice': async (world) => {
      const { name } = await world.topic('orders')
      const moves: Move[] = [
        [name, 0, [1]],
        [name, 0, [99]],
      ]
      await world.ask(AlterPartitionReassignments, moving(moves))
    },
    'no time': async (world) => {
      const { name } = await world.topic('orders')
      for (const timeoutMs of [0, -1]) {
        const body = moving([[name, 0, [1]]], { timeoutMs })
        await world.ask(AlterPartitionReassignments, body, { as: `${timeoutMs}` })
      }
    },
    'no partitions': async (world) => {
      await world.ask(AlterPartitionReassignments, moving([]))
      await world.ask(AlterPartitionReassignments, moving([], { timeoutMs: 0 }), { as: 'and no time' })
      const { name } = await world.topic('orders')
      const topics = [{ name, partitions: [] }]
      await world.ask(AlterPartitionReassignments, { topics, timeoutMs: 5000 }, { as: 'of a topic' })
    },
    'to other brokers': [
      { brokers: 3 },
      async (world) => {
        const pairs = Array.from({ length: 6 }, () => [1, 2])
        const [{ name }, single] = [await world.topic('orders', { replicas: pairs }), await world.topic('single')]
        const moves: Move[] = [
          [name, 0, [2, 1]],
          [name, 1, [2]],
          [name, 2, [3]],
          [name, 3, [1, 2, 3]],
          [name, 4, [2, 3]],
          [name, 5, [3, 1]],
          [single.name, 0, [2]],
        ]
        await world.ask(AlterPartitionReassignments, moving(moves), { from: world.client(2) })
        await moved(world, [name, single.name])
        await seeTopics(world, [name, single.name])
      },
    ],
    'as many brokers as before': [
      { brokers: 3, versions: '1+' },
      async (world) => {
        const { name } = await world.topic('orders', {
          replicas: [
            [1, 2],
            [1, 2],
          ],
        })
        const moves: Move[] = [
          [name, 0, [2]],
          [name, 1, [2, 3]],
        ]
        await world.ask(AlterPartitionReassignments, moving(moves, { allowReplicationFactorChange: false }))
        await world.ask(
          AlterPartitionReassignments,
          moving([[name, 0, [1, 2, 3]]], { allowReplicationFactorChange: false }),
          {
            as: 'more',
          },
        )
        await moved(world, [name])
        await seeTopics(world, [name])
      },
    ],
  },
)
