import { DescribeGroups } from '../../../src/protocol/messages/describe-groups.ts'
import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { LeaveGroup } from '../../../src/protocol/messages/leave-group.ts'
import { casesOf } from '../case.ts'
import {
  coordinatorOf,
  groupNamed,
  joinArranged,
  joinedMember,
  joinedMembers,
  joining,
  stableMember,
  stableMembers,
} from './groups.ts'
import { simpleGroup } from './offsets.ts'

export const describeGroups = casesOf(DescribeGroups, ['GROUP_ID_NOT_FOUND', 'NOT_COORDINATOR'], {
  'a stable group': async (world) => {
    const group = await groupNamed(world)
    const protocols = { range: 'topics', sticky: 'and more' }
    await stableMembers(world, group, { protocols }, { protocols, groupInstanceId: 'one' })
    await world.ask(DescribeGroups, { groups: [group] })
    const includeAuthorizedOperations = true
    await world.ask(DescribeGroups, { groups: [group], includeAuthorizedOperations }, { as: 'what one may do' })
  },
  'groups that are not there': async (world) => {
    const group = await groupNamed(world)
    const groups = [group, world.name('other'), group]
    await world.ask(DescribeGroups, { groups, includeAuthorizedOperations: true })
    await world.ask(DescribeGroups, { groups: [] }, { as: 'none' })
  },
  'a group without a name': async (world) => {
    await coordinatorOf(world, '')
    const group = await groupNamed(world)
    await stableMember(world, group)
    await world.ask(DescribeGroups, { groups: ['', group], includeAuthorizedOperations: true })
  },
  'groups in all states': async (world) => {
    const [empty, preparing, completing, pending, simple] = await Promise.all(
      ['empty', 'preparing', 'completing', 'pending', 'simple'].map((name) => groupNamed(world, name)),
    )
    const groups = [empty, preparing, completing, pending, simple].map((name) => name ?? '')
    const left = await stableMember(world, groups[0] as string)
    await world.arrange(LeaveGroup, { groupId: groups[0] as string, members: [{ memberId: left.memberId }] })
    await stableMember(world, groups[1] as string, { clientId: 'first' })
    await joinArranged(world, world.client(1, 'second'), groups[1] as string)
    await joinedMembers(world, groups[2] as string)
    await world.arrange(JoinGroup, joining(groups[3] as string))
    await simpleGroup(world, groups[4] as string, await world.topic('orders'))
    await world.quiet()
    await world.ask(DescribeGroups, { groups, includeAuthorizedOperations: true })
  },
  'a group of another type': async (world) => {
    const group = await groupNamed(world)
    const joined = { protocolType: 'connect', protocols: { compatible: 'my workers' } }
    await joinedMember(world, group, joined)
    // Kafka 3.9 gathers for some ms what it writes, and describes only what is written.
    await world.quiet()
    await world.ask(DescribeGroups, { groups: [group] })
  },
  'not the coordinator': [
    { brokers: 3 },
    async (world) => {
      const group = await groupNamed(world)
      const { nodeId } = await coordinatorOf(world, group)
      const from = world.client((nodeId % world.brokers) + 1)
      await world.ask(DescribeGroups, { groups: [group], includeAuthorizedOperations: true }, { from })
    },
  ],
})
