/*
 * The notes' second program: it consumes partition 2 of a topic from where the group group111 got to, and commits once a second.
 * `npm run example:consumer`; memkafka in this process has nothing to read, so there the notes' producer runs beside it.
 *
 * It is ported as it is, with its own idea of offsets: it counts them instead of reading them off the messages, marks the last message's
 * instead of the next one's, and begins one after what was committed. That works for one program alone on a partition without gaps.
 * consumer.test.ts shows where it does not, consumer-corrected.ts is the program to take.
 */
import { newClient, newConfig, newConsumer, newOffsetManagerFromClient, V0_10_0_1 } from 'memkafka/client'
import { saramaProducer } from './producer.ts'
import { run, type Surroundings } from './surroundings.ts'

export async function saramaConsumer({ addrs, options = {}, version, signal, print }: Surroundings): Promise<void> {
  print('start consume')
  const config = newConfig(options)

  // How often offsets are committed to Kafka: once a second.
  config.consumer.offsets.commitInterval = 1000

  // The version of Kafka to speak like. Below V0_10_0_0 messages have no timestamps; producers and consumers are to say the same.
  config.version = version ?? V0_10_0_1

  const defer: (() => Promise<void>)[] = []
  try {
    // A consumer makes a client for itself alone.
    const consumer = await newConsumer(addrs, config)
    defer.push(() => consumer.close())

    // Another client, for the offset manager.
    const client = await newClient(addrs, config)
    defer.push(() => client.close())

    // The offset manager, so that offsets are in our own hands.
    const offsetManager = newOffsetManagerFromClient('group111', client)
    defer.push(() => offsetManager.close())

    // That of partition 2: each partition has offsets of its own.
    const partitionOffsetManager = await offsetManager.managePartition('0606_test', 2, { signal })
    defer.push(() => partitionOffsetManager.close())

    print('consumer init success')

    // What there is at the brokers.
    const topics = await consumer.topics()
    print(topics)
    const partitions = await consumer.partitions('0606_test')
    print(partitions)

    // The first time it comes from Kafka, afterwards from here: what markOffset said.
    const { offset: nextOffset } = partitionOffsetManager.nextOffset()
    print(nextOffset)

    // A consumer of the partition, from the committed offset on.
    const partitionConsumer = await consumer.consumePartition('0606_test', 2, nextOffset + 1)
    defer.push(() => partitionConsumer.close())

    print('start consume really')

    for (;;) {
      const msg = await partitionConsumer.messages.receive({ signal })
      if (msg === undefined) throw new Error('the partition consumer has ended')
      print(`Consumed message offset ${msg.offset}\n message:${msg.value}`)
      // The next offset …
      const { offset: nextOffset, metadata: offsetString } = partitionOffsetManager.nextOffset()
      print(nextOffset + 1, '...', offsetString)
      // … is marked here, and committed to the broker once a second.
      partitionOffsetManager.markOffset(nextOffset + 1, 'modified metadata')
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    for (const close of defer.reverse()) await close()
  }
}

if (process.argv[1] === import.meta.filename) await run(saramaConsumer, saramaProducer)
