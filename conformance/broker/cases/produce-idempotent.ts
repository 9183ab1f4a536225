/** Idempotent producers (KIP-98): sequence numbers, epochs, and what comes twice. */
import { DescribeProducers } from '../../../src/protocol/messages/describe-producers.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import type { CaseOptions, Script } from '../case.ts'
import type { Topic, World } from '../world.ts'
import { batch, reading, to } from './logs.ts'

/** An id that no producer has. Of a broker that has just started Kafka's answer may be that there is none yet (KAFKA-14694). */
async function newProducerId(world: World): Promise<number> {
  for (;;) {
    const asked = { transactionalId: null, transactionTimeoutMs: 1000 }
    const { errorCode, producerId } = await world.arrange(InitProducerId, asked)
    if (errorCode === 0) return producerId
    await world.settled()
  }
}

/** A producer that writes to one partition; what it sends has as many records as `count` says. */
async function producer(world: World, topic: Topic) {
  const producerId = await newProducerId(world)
  return async (baseSequence: number, { count = 1, epoch = 0, as = '' } = {}) => {
    const values = Array.from({ length: count }, (_, i) => `${baseSequence + i}`)
    const records = batch(world, values, { producerId, producerEpoch: epoch, baseSequence })
    const told = `sequence ${baseSequence}${epoch === 0 ? '' : ` of epoch ${epoch}`}${as === '' ? '' : `: ${as}`}`
    await world.ask(Produce, to(topic, records), { as: told })
  }
}

export const produceIdempotent: Readonly<Record<string, Script | readonly [CaseOptions, Script]>> = {
  'an idempotent producer': [
    { versions: '3+' },
    async (world) => {
      const topic = await world.topic('orders')
      const send = await producer(world, topic)
      await send(0, { count: 2 })
      await send(2)
      await send(2, { as: 'again' })
      await send(0, { count: 2, as: 'again' })
      await send(0, { count: 1, as: 'another size' })
      await send(7, { as: 'a gap' })
      await send(3)
      await send(0, { epoch: 1 })
      await send(4, { as: 'of the epoch before' })
      await send(5, { epoch: 2, as: 'a new epoch does not begin at 0' })
      await send(-1, { as: 'no sequence' })
      await world.ask(Fetch, reading(topic))
      await world.ask(DescribeProducers, { topics: [{ name: topic.name, partitionIndexes: [0] }] })
    },
  ],
  'the last five batches of a producer': [
    { versions: '9-9' },
    async (world) => {
      const send = await producer(world, await world.topic('orders'))
      for (let sequence = 0; sequence < 6; sequence++) await send(sequence)
      await send(1, { as: 'the oldest of the five' })
      await send(0, { as: 'forgotten' })
      await send(3, { as: 'from the middle' })
      await send(5, { as: 'the last' })
      await send(6)
    },
  ],
  'a producer of which nothing is known': [
    { versions: '9-9' },
    async (world) => {
      const topic = await world.topic('orders')
      const send = await producer(world, topic)
      await send(17, { epoch: 3, as: 'where it likes' })
      await send(17, { epoch: 3, as: 'again' })
      await send(0, { epoch: 2, as: 'of the epoch before' })
      await send(19, { epoch: 3, as: 'a gap' })
      await send(18, { epoch: 3 })
    },
  ],
  'sequences that begin again': [
    { versions: '9-9' },
    async (world) => {
      const topic = await world.topic('orders')
      const send = await producer(world, topic)
      await send(0x7fffffff, { as: 'the last there is' })
      await send(0, { count: 2 })
      await send(2)
      const across = await producer(world, topic)
      await across(0x7fffffff - 1, { count: 5, as: 'across the last there is' })
      await across(3)
      await across(0x7fffffff - 1, { count: 5, as: 'across, again' })
      await world.ask(DescribeProducers, { topics: [{ name: topic.name, partitionIndexes: [0] }] })
    },
  ],
  'a duplicate where the time is that of the append': [
    { versions: '3+' },
    async (world) => {
      const configs = { 'message.timestamp.type': 'LogAppendTime' }
      const send = await producer(world, await world.topic('orders', { configs }))
      await send(0, { count: 2 })
      await send(0, { count: 2, as: 'again' })
    },
  ],
  'an epoch that is none': [
    { versions: '9-9' },
    async (world) => {
      const { orders, gzip } = await world.topics({ orders: {}, gzip: { configs: { 'compression.type': 'gzip' } } })
      const send = await producer(world, orders)
      await send(0, { epoch: -1 })
      await send(9, { epoch: -1, as: 'a gap' })
      await send(5, { epoch: 0, as: 'the first epoch does not begin at 0' })
      await send(8, { epoch: 0, as: 'a gap' })
      await send(10, { epoch: -1 })
      const anew = await producer(world, gzip)
      await anew(0, { epoch: -1, as: 'to be compressed' })
    },
  ],
}
