import { DescribeCluster } from '../../../src/protocol/messages/describe-cluster.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { batch, reading, to } from '../cases/logs.ts'
import type { World } from '../world.ts'
import { committed, describe, inSync, seeEpochs, seeOffsets, write } from './partitions.ts'

/** Broker 2 leads, is killed, held for dead after its session, and comes back from a crash (KIP-966). */
export async function leaderIsKilled(world: World): Promise<void> {
  const { orders, pair, alone } = await world.topics({
    orders: { replicas: [[2, 1, 3]] },
    pair: { replicas: [[2, 1]], configs: { 'min.insync.replicas': '2' } },
    alone: { replicas: [[2]] },
  })
  for (const topic of [orders, pair, alone]) await write(world, topic, ['a', 'b'], { at: 2 })
  await committed(world, orders, 2, { at: [1, 3] })
  await committed(world, pair, 2, { at: [1] })
  await world.kill(2)

  await describe(world, [orders, pair, alone], 3, 'after the crash')
  await world.ask(DescribeCluster, { includeFencedBrokers: true }, { as: 'after the crash' })
  await world.ask(Produce, to(orders, batch(world, ['c'])), { as: 'to the next leader' })
  await world.ask(Produce, to(pair, batch(world, ['c'])), { as: 'to whom two are not enough' })
  await world.ask(Produce, to(pair, batch(world, ['d']), { acks: 1 }), { as: 'acks=1 to whom two are not enough' })
  await world.ask(Produce, to(alone, batch(world, ['c'])), { as: 'to nobody' })
  await world.ask(Fetch, reading(pair), { as: 'of whom two are not enough' })
  for (const topic of [orders, pair]) await seeOffsets(world, topic, 1, `of ${topic.name.replace(/\..*/, '')}`)

  await world.start(2)
  await inSync(world, orders, { isr: [1, 2, 3] })
  await inSync(world, pair, { isr: [1, 2] })
  await committed(world, pair, 3, { at: [1, 2] })
  await describe(world, [orders, pair, alone], 2, 'back from the crash')
  for (const topic of [orders, pair, alone]) {
    const as = `of ${topic.name.replace(/\..*/, '')} by who is back`
    await world.ask(Fetch, reading(topic), { from: world.clientTo(2), as })
    await seeEpochs(world, topic, 2, as)
  }
}
