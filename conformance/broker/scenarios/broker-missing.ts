import { AlterPartitionReassignments } from '../../../src/protocol/messages/alter-partition-reassignments.ts'
import { CreatePartitions } from '../../../src/protocol/messages/create-partitions.ts'
import { CreateTopics } from '../../../src/protocol/messages/create-topics.ts'
import { DeleteTopics } from '../../../src/protocol/messages/delete-topics.ts'
import { DescribeCluster } from '../../../src/protocol/messages/describe-cluster.ts'
import { ElectLeaders } from '../../../src/protocol/messages/elect-leaders.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { ListPartitionReassignments } from '../../../src/protocol/messages/list-partition-reassignments.ts'
import { newTopic } from '../cases/admin-bodies.ts'
import { reading } from '../cases/logs.ts'
import { type Move, moved, moving } from '../cases/reassignments.ts'
import type { Topic, World } from '../world.ts'
import { committed, describe, inSync, write } from './partitions.ts'

const ElectionType = { PREFERRED: 0, UNCLEAN: 1 } as const

/** Broker 3 is stopped; topics are made, leaders elected and partitions moved all the same, or not. */
export async function brokerIsMissing(world: World): Promise<void> {
  const { moves, led, lost, gone } = await world.topics({
    moves: { replicas: [[1], [1], [2]] },
    led: { replicas: [[3, 1]] },
    lost: { replicas: [[3]] },
    gone: { replicas: [[1, 3]] },
  })
  for (const index of [0, 1]) await write(world, moves, ['a'], { at: 1, index })
  await write(world, led, ['a'], { at: 3 })
  await write(world, gone, ['a', 'b', 'c'], { at: 1 })
  await world.stop(3)

  await world.askEach(DescribeCluster, { includeFencedBrokers: true }, { as: 'without broker 3' })
  await makeTopics(world, led)
  await elect(world, [led, lost], 'without broker 3')
  await reassign(world, moves, lost)
  const namesake = await replace(world, gone)

  await world.start(3)
  await moved(world, [moves.name, lost.name])
  await inSync(world, moves, { isr: [2, 3] })
  await inSync(world, led, { isr: [1, 3] })
  await inSync(world, namesake, { isr: [1, 3] })
  await committed(world, namesake, 1, { at: [1, 3] })
  await world.ask(Fetch, reading(namesake), { from: world.clientTo(3), as: 'of a namesake by who missed it' })
  await world.ask(Fetch, reading(gone), { from: world.clientTo(3), as: 'of what is gone by who missed it' })
  await describe(world, [moves, led, lost, namesake], 3, 'broker 3 again')
  await elect(world, [led, lost], 'broker 3 again')
  await world.settled()
  await describe(world, [led, lost], 2, 'elected')
}

async function makeTopics(world: World, existing: Topic): Promise<void> {
  const name = (text: string): string => world.name(text)
  const topics = [
    newTopic(name('of who is missing'.replaceAll(' ', '-')), { assigned: { 0: [3] } }),
    newTopic(name('led-by-another'), { assigned: { 0: [3, 1], 1: [1, 3], 2: [2, 3] } }),
    newTopic(name('one-without'), { assigned: { 0: [1], 1: [3] } }),
    newTopic(name('everywhere'), { partitions: 2, replicas: 3 }),
    newTopic(name('too-many'), { partitions: 1, replicas: 4 }),
  ]
  await world.ask(CreateTopics, { topics, timeoutMs: 5000 }, { as: 'without broker 3' })
  await world.ask(CreateTopics, { topics, timeoutMs: 5000, validateOnly: true }, { as: 'looked at' })
  const more = (...brokers: number[][]) => ({
    topics: [
      { name: existing.name, count: 1 + brokers.length, assignments: brokers.map((brokerIds) => ({ brokerIds })) },
    ],
    timeoutMs: 5000,
  })
  await world.ask(CreatePartitions, more([3, 2], [1, 3]), { as: 'with broker 3' })
  const alone = {
    ...more([3]),
    topics: [{ name: name('led-by-another'), count: 4, assignments: [{ brokerIds: [3, 4] }] }],
  }
  await world.ask(CreatePartitions, alone, { as: 'with one that is nowhere' })
  const ofMissing = [{ name: name('led-by-another'), count: 4, assignments: [{ brokerIds: [3, 3] }] }]
  await world.ask(CreatePartitions, { topics: ofMissing, timeoutMs: 5000 }, { as: 'with broker 3 twice' })
  await world.settled()
  await describe(world, [existing, { name: name('led-by-another'), topicId: '' }], 2, 'made without broker 3')
}

/** Deletes a topic and makes another of that name, which broker 3 hears of when it is back. */
async function replace(world: World, gone: Topic): Promise<Topic> {
  const { name, topicId } = gone
  const version = world.highest(DeleteTopics, 5)
  await world.ask(DeleteTopics, { topicNames: [name], timeoutMs: 2000 }, { version, as: 'without broker 3' })
  await world.settled()
  await world.ask(Fetch, reading(gone), { as: 'of what is gone' })
  const topics = [newTopic(name, { assigned: { 0: [1, 3] } })]
  await world.ask(CreateTopics, { topics, timeoutMs: 5000 }, { as: 'a namesake' })
  const namesake = await world.ready(name)
  world.note('it is another topic', namesake.topicId !== topicId)
  await write(world, namesake, ['of the namesake'], { at: 1 })
  return namesake
}

async function elect(world: World, topics: readonly Topic[], as: string): Promise<void> {
  const topicPartitions = topics.map(({ name }) => ({ topic: name, partitions: [0] }))
  for (const [kind, electionType] of Object.entries(ElectionType)) {
    const wanted = { electionType, topicPartitions, timeoutMs: 5000 }
    const versions = electionType === ElectionType.PREFERRED ? undefined : { min: 1, max: world.highest(ElectLeaders) }
    await world.askEach(ElectLeaders, wanted, { ...(versions && { versions }), as: `${kind.toLowerCase()}, ${as}` })
  }
}

/** Some replicas go where they can, some where broker 3 would have to be. */
async function reassign(world: World, moves: Topic, lost: Topic): Promise<void> {
  const all = { topics: [moves, lost].map(({ name }) => ({ name, partitionIndexes: [0, 1, 2] })) }
  const ask = async (as: string, ...wanted: Move[]): Promise<void> => {
    await world.askEach(AlterPartitionReassignments, moving(wanted), { as })
    await world.settled()
  }
  await ask('to broker 3 and another', [moves.name, 0, [2, 3]], [lost.name, 0, [1]])
  await inSync(world, moves, { isr: [1, 2] })
  await world.askEach(ListPartitionReassignments, all, { as: 'under way' })
  await world.ask(ListPartitionReassignments, all, { from: world.clientTo(2), as: 'under way, from another' })
  await describe(world, [moves, lost], 2, 'while they move')
  await ask('nothing under way, and elsewhere', [moves.name, 1, null], [moves.name, 0, [3, 1]], [moves.name, 2, [3]])
  await world.askEach(ListPartitionReassignments, all, { as: 'under way elsewhere' })
  await world.ask(AlterPartitionReassignments, moving([[moves.name, 0, null]]), { as: 'not any more' })
  await world.settled()
  await inSync(world, moves, { isr: [1] })
  await describe(world, [moves, lost], 1, 'back where it was')
  await world.ask(AlterPartitionReassignments, moving([[moves.name, 0, [2, 3]]]), { as: 'to the same again' })
  await world.ask(AlterPartitionReassignments, moving([[moves.name, 1, [2, 1]]]), { as: 'to who runs' })
  await inSync(world, moves, { index: 1, isr: [1, 2] })
  await describe(world, [moves], 2, 'one has come, one waits')
}
