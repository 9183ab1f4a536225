import { ElectLeaders } from '../../../src/protocol/messages/elect-leaders.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { IncrementalAlterConfigs } from '../../../src/protocol/messages/incremental-alter-configs.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { changing, Op, Type } from '../cases/admin-bodies.ts'
import { batch, reading, to } from '../cases/logs.ts'
import type { Topic, World } from '../world.ts'
import { committed, describe, inSync, seeEpochs, seeOffsets, write } from './partitions.ts'

const UNCLEAN = 1
const UNCLEAN_CONFIG = 'unclean.leader.election.enable'

/**
 * Broker 2 stops first, broker 1 writes on alone and stops too; then broker 2 comes back, which lacks what broker 1 has. Some topics wait
 * for broker 1, some take broker 2.
 */
export async function allReplicasGo(world: World): Promise<void> {
  const replicas = [[1, 2]]
  const topics = await world.topics({
    safe: { replicas },
    risky: { replicas, configs: { [UNCLEAN_CONFIG]: 'true' } },
    asked: { replicas },
    late: { replicas },
    eligible: { replicas, configs: { 'min.insync.replicas': '2' } },
  })
  const { safe, risky, asked, late, eligible } = topics
  const all: readonly Topic[] = Object.values(topics)
  for (const topic of all) await write(world, topic, ['a'], { at: 1 })
  for (const topic of all) await committed(world, topic, 1, { at: [2] })
  await world.stop(2)
  for (const topic of all) await write(world, topic, ['b'], { at: 1, acks: 1 })
  await describe(world, all, 3, 'one is left')
  await world.stop(1)

  const from = world.clientTo(3)
  await describe(world, all, 3, 'nobody is left')
  const wanted = (...those: Topic[]) => ({
    electionType: UNCLEAN,
    topicPartitions: those.map(({ name }) => ({ topic: name, partitions: [0] })),
    timeoutMs: 5000,
  })
  await world.ask(ElectLeaders, wanted(asked, eligible), { from, as: 'of nobody' })
  await world.ask(Produce, to(safe, batch(world, ['lost'])), { from, as: 'to nobody' })

  await world.start(2)
  await describe(world, all, 3, 'one is back, which lacks something')
  await world.ask(ElectLeaders, wanted(asked, risky, eligible), { from, as: 'of who lacks something' })
  const config = changing([[Type.TOPIC, late.name, [UNCLEAN_CONFIG, Op.SET, 'true']]])
  await world.ask(IncrementalAlterConfigs, config, { from, as: 'lets who lacks something lead' })
  await inSync(world, late, { at: 3, isr: [2] })
  await world.settled()
  await describe(world, all, 2, 'led by who lacks something')
  const at2 = { from: world.clientTo(2) }
  for (const topic of [risky, asked, late]) {
    const as = topic.name.replace(/\..*/, '')
    await world.ask(Produce, to(topic, batch(world, ['c'])), { ...at2, as: `to ${as}` })
    await world.ask(Fetch, reading(topic), { ...at2, as: `of ${as}` })
    await seeEpochs(world, topic, 2, `of ${as}`)
  }
  await world.ask(Fetch, reading(safe), { ...at2, as: 'of safe' })
  await world.ask(Fetch, reading(eligible), { ...at2, as: 'of eligible' })
  await seeOffsets(world, risky, 2, 'of who lacks something')

  await world.start(1)
  for (const topic of all) await inSync(world, topic, { at: 3, isr: [1, 2] })
  for (const topic of [risky, asked, late]) await committed(world, topic, 2, { at: [1, 2] })
  await committed(world, safe, 2, { at: [1, 2] })
  await describe(world, all, 1, 'both are back')
  for (const topic of all) {
    for (const nodeId of [1, 2]) {
      const as = `of ${topic.name.replace(/\..*/, '')} by broker ${nodeId}, when both are back`
      await world.ask(Fetch, reading(topic), { from: world.clientTo(nodeId), as })
      await seeEpochs(world, topic, nodeId, as)
    }
  }
}
