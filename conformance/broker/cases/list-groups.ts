import { JoinGroup } from '../../../src/protocol/messages/join-group.ts'
import { LeaveGroup } from '../../../src/protocol/messages/leave-group.ts'
import { ListGroups } from '../../../src/protocol/messages/list-groups.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'
import { groupNamed, joinArranged, joinedMember, joining, stableMember } from './groups.ts'
import { simpleGroup } from './offsets.ts'

/** A group in each state there is, and one of another type. */
async function groupsOfAllKinds(world: World): Promise<void> {
  const group = (name: string) => groupNamed(world, name)
  await stableMember(world, await group('stable'))
  await joinedMember(world, await group('completing'))
  const empty = await group('empty')
  const { memberId } = await stableMember(world, empty)
  await world.arrange(LeaveGroup, { groupId: empty, members: [{ memberId }] })
  const preparing = await group('preparing')
  await stableMember(world, preparing)
  await joinArranged(world, world.client(), preparing)
  await world.arrange(JoinGroup, joining(await group('pending')))
  await joinedMember(world, await group('connect'), { protocolType: 'connect' })
  await simpleGroup(world, await group('simple'), await world.topic('orders'))
  await world.quiet()
}

export const listGroups = casesOf(ListGroups, [], {
  'groups of all kinds': async (world) => {
    await groupsOfAllKinds(world)
    await world.ask(ListGroups, {})
  },
  'groups in some states': [
    { versions: '4+' },
    async (world) => {
      await groupsOfAllKinds(world)
      const asked = [
        ['Stable'],
        ['empty', 'PREPARINGREBALANCE'],
        [' Completing-Rebalance '],
        ['Dead'],
        ['nonsense'],
        [''],
      ]
      for (const statesFilter of asked) await world.ask(ListGroups, { statesFilter }, { as: `${statesFilter}` })
    },
  ],
  'groups of some types': [
    { versions: '5+' },
    async (world) => {
      await groupsOfAllKinds(world)
      for (const typesFilter of [
        ['classic'],
        ['Classic', 'nonsense'],
        ['nonsense'],
        [''],
        [' classic '],
        ['consumer'],
        ['Share', 'classic'],
      ]) {
        await world.ask(ListGroups, { typesFilter }, { as: `${typesFilter}` })
      }
      const both = { typesFilter: ['classic'], statesFilter: ['Stable'] }
      await world.ask(ListGroups, both, { as: 'and in some states' })
    },
  ],
})
