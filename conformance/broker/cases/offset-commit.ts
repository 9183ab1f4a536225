import { DeleteGroups } from '../../../src/protocol/messages/delete-groups.ts'
import { OffsetCommit } from '../../../src/protocol/messages/offset-commit.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { casesOf } from '../case.ts'
import { committedRecords } from './consumer-offsets.ts'
import { whileNothingCanBeWritten } from './full-log.ts'
import { coordinatorOf, groupNamed } from './groups.ts'
import { memberCommits } from './offset-commit-members.ts'
import { committing, fetching, missingTopic } from './offsets.ts'

export const offsetCommit = casesOf(
  OffsetCommit,
  [
    'UNKNOWN_MEMBER_ID',
    'FENCED_INSTANCE_ID',
    'ILLEGAL_GENERATION',
    'REBALANCE_IN_PROGRESS',
    'GROUP_ID_NOT_FOUND',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'UNKNOWN_TOPIC_ID',
    'OFFSET_METADATA_TOO_LARGE',
    'NOT_COORDINATOR',
    'COORDINATOR_NOT_AVAILABLE',
    'UNKNOWN_SERVER_ERROR',
  ],
  {
    'whoever is no member': [
      { versions: '1+' },
      async (world) => {
        const group = await groupNamed(world)
        const topics = await world.topics({ orders: { partitions: 3 }, bills: {} })
        const both = [topics.orders, topics.bills]
        await world.ask(OffsetCommit, committing(group, both), { as: 'the first commit' })
        const commits = [
          { partition: 2, offset: 7, leaderEpoch: 3 },
          { partition: 0, offset: 0, metadata: null },
          { partition: 1, offset: -1, leaderEpoch: 0, metadata: '' },
        ]
        await world.ask(OffsetCommit, committing(group, [topics.orders], commits), { as: 'another' })
        await world.ask(OffsetFetch, fetching(group, both, [0, 1, 2]))
      },
    ],
    'a group without a name': [
      { versions: '1+' },
      async (world) => {
        await coordinatorOf(world, '')
        const topic = await world.topic('orders')
        await world.ask(OffsetCommit, committing('', [topic]))
        await world.ask(
          OffsetCommit,
          { ...committing('', [topic]), memberId: 'me', generationIdOrMemberEpoch: 1 },
          { as: 'as a member' },
        )
        await world.ask(OffsetFetch, fetching('', [topic]))
        // No other case expects such a group.
        await world.ask(DeleteGroups, { groupsNames: [''] })
      },
    ],
    'topics and partitions that are not there': [
      { versions: '1+' },
      async (world) => {
        const group = await groupNamed(world)
        const topic = await world.topic('orders')
        const missing = missingTopic(world)
        const some = [{ partition: 7 }, { partition: 0 }, { partition: -1 }]
        await world.ask(OffsetCommit, committing(group, [missing, topic], some), { as: 'some' })
        await world.ask(OffsetCommit, committing(group, [missing]), { as: 'nothing else' })
        await world.ask(OffsetCommit, committing(world.name('other'), [topic], [{ partition: 1 }]), {
          as: 'of another group',
        })
        const nameless = { name: '', topicId: ZERO_UUID }
        await world.ask(OffsetCommit, committing(group, [nameless]), { as: 'no name and no id' })
      },
    ],
    'nothing to commit': [
      { versions: '1+' },
      async (world) => {
        const group = await groupNamed(world)
        const topic = await world.topic('orders')
        await world.ask(OffsetCommit, committing(group, []), { as: 'no topic' })
        await world.ask(OffsetCommit, committing(group, [topic], []), { as: 'no partition' })
        await world.ask(OffsetCommit, committing('', []), { as: 'no group' })
        const asMember = { ...committing(group, []), memberId: 'nobody', generationIdOrMemberEpoch: 3 }
        await world.ask(OffsetCommit, asMember, { as: 'by whoever is no member' })
      },
    ],
    'one partition twice': [
      { versions: '1+' },
      async (world) => {
        const group = await groupNamed(world)
        const topic = await world.topic('orders')
        const commits = [{ offset: 1 }, { offset: 2 }]
        await world.ask(OffsetCommit, committing(group, [topic], commits))
        await world.ask(OffsetCommit, committing(group, [topic, topic], [{ offset: 3 }]), { as: 'and one topic twice' })
        const missing = missingTopic(world)
        const odd = committing(group, [missing, topic, missing, topic], [{ offset: 4 }, { partition: 9 }])
        await world.ask(OffsetCommit, odd, { as: 'and one that is not there twice' })
        await world.ask(OffsetFetch, fetching(group, [topic]))
      },
    ],
    'much metadata': [
      { versions: '1+' },
      async (world) => {
        const group = await groupNamed(world)
        const topic = await world.topic('orders', { partitions: 3 })
        const commits = [
          { partition: 0, metadata: 'x'.repeat(4096) },
          { partition: 1, metadata: 'x'.repeat(4097) },
          // Two bytes each: it is characters that are counted.
          { partition: 2, metadata: 'é'.repeat(4096) },
        ]
        await world.ask(OffsetCommit, committing(group, [topic], commits))
        await world.ask(OffsetCommit, committing(group, [topic], [{ metadata: 'x'.repeat(4097) }]), {
          as: 'nothing else',
        })
      },
    ],
    'more than a batch can hold': [
      { versions: '1+' },
      async (world) => {
        const group = await groupNamed(world)
        const topic = await world.topic('orders')
        const commits = Array.from({ length: 300 }, () => ({ metadata: 'x'.repeat(4096) }))
        const answer = await world.arrange(OffsetCommit, committing(group, [topic], commits), {
          version: world.version,
        })
        const codes = answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
        world.note('how many are answered, and how', [codes.length, ...new Set(codes)])
        await world.ask(OffsetFetch, fetching(group, [topic]))
      },
    ],
    'when nothing can be written': [
      { versions: '1+' },
      async (world) => {
        const group = await groupNamed(world)
        const topic = await world.topic('orders')
        await whileNothingCanBeWritten(world, async () => {
          await world.ask(OffsetCommit, committing(group, [topic, missingTopic(world)]))
        })
        await world.ask(OffsetFetch, fetching(group, [topic]))
      },
    ],
    'an internal topic': [
      { versions: '1-9' },
      async (world) => {
        const group = await groupNamed(world)
        await world.ask(OffsetCommit, committing(group, [{ name: '__consumer_offsets', topicId: '' }]))
      },
    ],
    'a time of its own': [
      { versions: '1-4' },
      async (world) => {
        const group = await groupNamed(world)
        const topic = await world.topic('orders')
        const seen = await committedRecords(world, group)
        const body = committing(group, [topic])
        await world.ask(OffsetCommit, { ...body, retentionTimeMs: 60_000 }, { as: 'a minute' })
        await world.ask(OffsetCommit, { ...body, retentionTimeMs: 0 }, { as: 'no time' })
        await world.ask(OffsetCommit, { ...body, retentionTimeMs: -2 }, { as: 'less than that' })
        await world.ask(OffsetFetch, fetching(group, [topic]))
        await seen.note('what is written')
      },
    ],
    'what is written': [
      { versions: '1+' },
      async (world) => {
        const group = await groupNamed(world)
        const topic = await world.topic('orders', { partitions: 2 })
        const seen = await committedRecords(world, group)
        const commits = [{ partition: 1, leaderEpoch: 4 }, { metadata: null }]
        await world.ask(OffsetCommit, committing(group, [topic], commits))
        await seen.note('what is written')
      },
    ],
    ...memberCommits,
    'not the coordinator': [
      { versions: '1+', brokers: 3 },
      async (world) => {
        const group = await groupNamed(world)
        const { nodeId } = await coordinatorOf(world, group)
        const topic = await world.topic('orders')
        const from = world.client((nodeId % world.brokers) + 1)
        await world.ask(OffsetCommit, committing(group, [topic, missingTopic(world)]), { from })
      },
    ],
    'the version of ZooKeeper': [
      { versions: '0' },
      async (world) => {
        const group = await groupNamed(world)
        const topic = await world.topic('orders')
        await world.ask(OffsetCommit, committing(group, [topic]))
        await world.ask(OffsetCommit, committing(group, [missingTopic(world)]), { as: 'a topic that is not there' })
      },
    ],
  },
)
