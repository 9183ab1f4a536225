import type { Input } from '../../../src/protocol/message.ts'
import {
  ElectLeaders,
  type ElectLeadersRequest,
  type ElectLeadersResponse,
} from '../../../src/protocol/messages/elect-leaders.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'
import { seeTopics } from './admin-bodies.ts'
import { move } from './reassignments.ts'

const ElectionType = { PREFERRED: 0, UNCLEAN: 1 } as const

function electing(
  topics: readonly (readonly [name: string, partitions: readonly number[]])[] | null,
  more: Input<ElectLeadersRequest> = {},
): Input<ElectLeadersRequest> {
  const topicPartitions = topics?.map(([topic, partitions]) => ({ topic, partitions: [...partitions] })) ?? null
  return { topicPartitions, timeoutMs: 5000, ...more }
}

/** An answer with those of the topics alone that this script made. */
function ownTopics(world: World): { telling: (answer: ElectLeadersResponse) => ElectLeadersResponse } {
  const own = world.name('')
  return {
    telling: (answer) => ({
      ...answer,
      replicaElectionResults: answer.replicaElectionResults.filter(({ topic }) => topic.endsWith(own)),
    }),
  }
}

export const electLeaders = casesOf(
  ElectLeaders,
  [
    'ELECTION_NOT_NEEDED',
    'ELIGIBLE_LEADERS_NOT_AVAILABLE',
    'INVALID_REQUEST',
    'NOT_CONTROLLER',
    'PREFERRED_LEADER_NOT_AVAILABLE',
    'REQUEST_TIMED_OUT',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  {
    'leaders that are preferred already': async (world) => {
      const { name } = await world.topic('orders', { partitions: 2 })
      await world.ask(ElectLeaders, electing([[name, [0, 1]]]))
      const electionType = ElectionType.UNCLEAN
      await world.ask(ElectLeaders, electing([[name, [0, 1]]], { electionType }), { as: 'unclean' })
      await world.ask(ElectLeaders, electing(null), { as: 'all partitions', ...ownTopics(world) })
      await seeTopics(world, [name])
    },
    'partitions that are not there': async (world) => {
      const { name } = await world.topic('orders')
      const topics = [
        [name, [7, -1, 0]],
        [world.name('missing'), [0]],
        ['in valid', [0, 1]],
        ['', []],
      ] as const
      await world.ask(ElectLeaders, electing(topics))
      await world.ask(ElectLeaders, electing(topics, { electionType: ElectionType.UNCLEAN }), { as: 'unclean' })
    },
    'a topic twice': async (world) => {
      const { name } = await world.topic('orders', { partitions: 2 })
      await world.ask(
        ElectLeaders,
        electing([
          [name, [0, 0]],
          [name, [1]],
        ]),
      )
    },
    'an election of no kind': [
      { versions: '1+' },
      async (world) => {
        const { name } = await world.topic('orders')
        for (const electionType of [2, -1]) {
          await world.ask(ElectLeaders, electing([[name, [0, 1]]], { electionType }), { as: `${electionType}` })
        }
        await world.ask(ElectLeaders, electing(null, { electionType: 2 }), { as: 'of all partitions' })
      },
    ],
    'no time': async (world) => {
      const { name } = await world.topic('orders')
      for (const timeoutMs of [0, -1]) {
        await world.ask(ElectLeaders, electing([[name, [0]]], { timeoutMs }), { as: `${timeoutMs}` })
      }
      await world.ask(ElectLeaders, electing(null, { timeoutMs: 0 }), { as: 'all partitions' })
    },
    'no partitions': async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(ElectLeaders, electing([]))
      await world.ask(ElectLeaders, electing([], { timeoutMs: 0, electionType: 2 }), { as: 'and nothing else' })
      await world.ask(ElectLeaders, electing([[name, []]]), { as: 'of a topic' })
    },
    'leaders that are not preferred': [
      { brokers: 3 },
      async (world) => {
        const { name } = await world.topic('orders', { replicas: Array.from({ length: 3 }, () => [1, 2, 3]) })
        await move(world, [name, 0, [2, 3, 1]], [name, 1, [3, 1]])
        await seeTopics(world, [name], 'before')
        await world.ask(ElectLeaders, electing([[name, [0, 1, 2]]]), { from: world.client(3) })
        await seeTopics(world, [name], 'after')
        await world.ask(ElectLeaders, electing([[name, [0, 1, 2]]]), { as: 'again' })
      },
    ],
    'all leaders that are not preferred': [
      { brokers: 3 },
      async (world) => {
        const { name } = await world.topic('orders', {
          replicas: [
            [1, 2],
            [2, 1],
            [1, 3],
          ],
        })
        await move(world, [name, 0, [2, 1]], [name, 1, [1, 2]])
        await world.ask(ElectLeaders, electing(null), ownTopics(world))
        await seeTopics(world, [name])
      },
    ],
  },
)
