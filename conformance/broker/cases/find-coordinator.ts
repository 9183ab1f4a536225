import { DeleteTopics } from '../../../src/protocol/messages/delete-topics.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'
import { groupNamed } from './groups.ts'
import { transactionalProducer } from './transactions.ts'

const TRANSACTION = 1

/** Up to v3 a request is about one key. */
function find(world: World, keys: readonly string[], keyType = 0, as?: string) {
  const body = { key: keys[0] ?? '', keyType, coordinatorKeys: [...keys] }
  return world.ask(FindCoordinator, body, as === undefined ? {} : { as })
}

export const findCoordinator = casesOf(FindCoordinator, ['COORDINATOR_NOT_AVAILABLE', 'INVALID_REQUEST'], {
  'the coordinator of a group': async (world) => {
    await find(world, [await groupNamed(world)])
    await find(world, [''], 0, 'a group without a name')
  },
  'the coordinators of several groups': [
    { versions: '4+' },
    async (world) => {
      const group = await groupNamed(world)
      await find(world, [world.name('z'), group, world.name('a'), group])
      await find(world, [], 0, 'of none')
    },
  ],
  'the coordinator of a transactional id': [
    { versions: '1+' },
    async (world) => {
      const { transactionalId } = await transactionalProducer(world)
      await find(world, [transactionalId], TRANSACTION)
      await find(world, ['', world.name('other')], TRANSACTION, 'an empty one')
    },
  ],
  'keys of types that are not there': [
    { versions: '1+' },
    async (world) => {
      const group = await groupNamed(world)
      await find(world, [group, world.name('other')], 7)
      await find(world, [group], -1, 'and below zero')
    },
  ],
  'a share group before v6': [
    { versions: '1-5' },
    async (world) => {
      await find(world, [await groupNamed(world)], 2)
    },
  ],
  'the first group on a cluster': async (world) => {
    // Kafka 3.9 does not let go of some coordinators when their topic is deleted, and would refuse groups of later cases.
    if (world.versions(OffsetFetch).max < 10) return
    const group = await groupNamed(world)
    const name = '__consumer_offsets'
    await world.arrange(DeleteTopics, { topics: [{ name }], topicNames: [name], timeoutMs: 5000 })
    await world.settled()
    await find(world, [group])
    await groupNamed(world)
    await find(world, [group], 0, 'when its topic is there')
  },
})
