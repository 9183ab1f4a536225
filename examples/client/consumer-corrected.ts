/*
 * The second program of the notes, the consumer, as it is meant: it goes by the offsets that the messages have, and commits the next one to be read, as all of
 * Kafka's clients do. `node --import ./examples/client/from-source.ts examples/client/consumer-corrected.ts`
 */
import {
  type Consumer,
  ErrOffsetOutOfRange,
  newClient,
  newConfig,
  newConsumer,
  newOffsetManagerFromClient,
  OffsetOldest,
  type PartitionConsumer,
  V0_10_0_1,
} from 'memkafka/client'
import { saramaProducer } from './producer.ts'
import { run, type Surroundings } from './surroundings.ts'

export async function correctedConsumer({ addrs, options = {}, version, signal, print }: Surroundings): Promise<void> {
  print('start consume')
  const config = newConfig(options)
  config.consumer.offsets.commitInterval = 1000
  config.version = version ?? V0_10_0_1
  // 1. Where to begin is said, not found by adding 1 to the -1 that stands for "the newest".
  config.consumer.offsets.initial = OffsetOldest

  const defer: (() => Promise<void>)[] = []
  try {
    const consumer = await newConsumer(addrs, config)
    defer.push(() => consumer.close())
    const client = await newClient(addrs, config)
    defer.push(() => client.close())
    const offsetManager = newOffsetManagerFromClient('group111', client)
    defer.push(() => offsetManager.close())
    const partitionOffsetManager = await offsetManager.managePartition('0606_test', 2, { signal })
    defer.push(() => partitionOffsetManager.close())

    print('consumer init success')
    print(await consumer.topics())
    print(await consumer.partitions('0606_test'))

    for (;;) {
      // 2. The committed offset is the next one to be read: begin there, not one after it.
      const { offset: nextOffset } = partitionOffsetManager.nextOffset()
      print(nextOffset)
      const partitionConsumer = await begin(consumer, nextOffset)
      try {
        print('start consume really')
        for (;;) {
          const msg = await partitionConsumer.messages.receive({ signal })
          // It ends when what it was about to read is deleted: go on with the oldest that is left.
          if (msg === undefined) break
          print(`Consumed message offset ${msg.offset}\n message:${msg.value}`)
          // 3. The next offset is the message's plus 1, whatever was counted. Offsets have gaps.
          const { metadata: offsetString } = partitionOffsetManager.nextOffset()
          print(msg.offset + 1, '...', offsetString)
          partitionOffsetManager.markOffset(msg.offset + 1, 'modified metadata')
        }
      } finally {
        await partitionConsumer.close()
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    for (const close of defer.reverse()) await close()
  }
}

/** From this offset on; from the oldest when retention has deleted it. */
async function begin(consumer: Consumer, offset: number): Promise<PartitionConsumer> {
  try {
    return await consumer.consumePartition('0606_test', 2, offset)
  } catch (error) {
    if (!(error instanceof ErrOffsetOutOfRange)) throw error
    return await consumer.consumePartition('0606_test', 2, OffsetOldest)
  }
}

if (process.argv[1] === import.meta.filename) await run(correctedConsumer, saramaProducer)
