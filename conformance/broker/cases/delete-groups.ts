import { DeleteGroups } from '../../../src/protocol/messages/delete-groups.ts'
import { DescribeGroups } from '../../../src/protocol/messages/describe-groups.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { LeaveGroup } from '../../../src/protocol/messages/leave-group.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { casesOf } from '../case.ts'
import { committedRecords } from './consumer-offsets.ts'
import { whileNothingCanBeWritten } from './full-log.ts'
import { coordinatorOf, groupNamed, joinArranged, joinedMember, joining, stableMember } from './groups.ts'
import { fetching, simpleGroup } from './offsets.ts'
import { ended, transactionalProducer, written } from './transactional-offsets.ts'

export const deleteGroups = casesOf(
  DeleteGroups,
  ['GROUP_ID_NOT_FOUND', 'NON_EMPTY_GROUP', 'NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'UNKNOWN_SERVER_ERROR'],
  {
    'a group that has only committed': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      await simpleGroup(world, group, topic)
      const seen = await committedRecords(world, group)
      await world.ask(DeleteGroups, { groupsNames: [group] })
      await world.ask(DescribeGroups, { groups: [group] })
      await world.ask(OffsetFetch, fetching(group, [topic]))
      await world.ask(DeleteGroups, { groupsNames: [group] }, { as: 'once more' })
      await seen.note('what is written')
    },
    'a group whose offsets an open transaction wants to commit': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders', { partitions: 2 })
      await simpleGroup(world, group, topic)
      const seen = await committedRecords(world, group)
      const producer = await transactionalProducer(world)
      for (const partition of [0, 1]) await written(world, producer, group, topic, { partition, offset: 8 })
      await world.ask(DeleteGroups, { groupsNames: [group] })
      const stable = { ...fetching(group, [topic], [0, 1]), requireStable: true }
      await world.ask(OffsetFetch, stable, { as: 'before the end' })
      await ended(world, producer, true)
      await world.ask(OffsetFetch, stable, { as: 'after the end' })
      await world.ask(DescribeGroups, { groups: [group] })
      await seen.note('what is written')
    },
    'a group that its members have left': async (world) => {
      const group = await groupNamed(world)
      const { memberId } = await stableMember(world, group)
      await world.ask(DeleteGroups, { groupsNames: [group] }, { as: 'with a member' })
      await world.arrange(LeaveGroup, { groupId: group, members: [{ memberId }] })
      await world.ask(DeleteGroups, { groupsNames: [group] })
      await world.ask(JoinGroup, joining(group, { memberId }), { as: 'a member of before' })
    },
    'groups that rebalance': async (world) => {
      const preparing = await groupNamed(world, 'preparing')
      const completing = await groupNamed(world, 'completing')
      const pending = await groupNamed(world, 'pending')
      await stableMember(world, preparing)
      await joinArranged(world, world.client(), preparing)
      await joinedMember(world, completing)
      await world.quiet()
      const { memberId } = await world.arrange(JoinGroup, joining(pending))
      await world.ask(DeleteGroups, { groupsNames: [preparing, completing, pending] })
      // Whoever was given an id by a group that is not there any more is nobody.
      await world.ask(JoinGroup, joining(pending, { memberId }), { as: 'of the last' })
    },
    'groups that are not there': async (world) => {
      const group = await groupNamed(world)
      const groupsNames = [world.name('z'), group, '', world.name('a'), group, '']
      await world.ask(DeleteGroups, { groupsNames })
      await world.ask(DeleteGroups, { groupsNames: [] }, { as: 'none' })
    },
    'when nothing can be written': async (world) => {
      const group = await groupNamed(world)
      const topic = await world.topic('orders')
      await simpleGroup(world, group, topic)
      await whileNothingCanBeWritten(world, async () => {
        await world.ask(DeleteGroups, { groupsNames: [group, world.name('other')] })
      })
      await world.ask(OffsetFetch, fetching(group, [topic]))
    },
    'the same group twice': async (world) => {
      const group = await groupNamed(world)
      await simpleGroup(world, group, await world.topic('orders'))
      await world.ask(DeleteGroups, { groupsNames: [group, group] })
    },
    'not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const group = await groupNamed(world)
        const { nodeId } = await coordinatorOf(world, group)
        await world.ask(DeleteGroups, { groupsNames: [group] }, { from: world.client((nodeId % world.brokers) + 1) })
      },
    ],
  },
)
