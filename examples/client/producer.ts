/*
 * The notes' first program: an async producer that waits for all replicas, spreads its messages over the partitions by chance, and
 * sends one every half second until Ctrl-C. `npm run example:producer`.
 */
import {
  newAsyncProducer,
  newConfig,
  newRandomPartitioner,
  type ProducerMessage,
  V0_10_0_1,
  WaitForAll,
} from 'memkafka/client'
import { run, type Surroundings, sleep } from './surroundings.ts'

export async function saramaProducer({ addrs, options = {}, version, signal, print }: Surroundings): Promise<void> {
  const config = newConfig(options)
  // Wait until all replicas have it.
  config.producer.requiredAcks = WaitForAll
  // Send to partitions by chance.
  config.producer.partitioner = newRandomPartitioner
  // Whether to tell of successes and of failures; they are known only with acks other than NoResponse.
  config.producer.return.successes = true
  config.producer.return.errors = true
  // The version of Kafka to speak like. Below V0_10_0_0 messages have no timestamps; producers and consumers are to say the same.
  config.version = version ?? V0_10_0_1

  print('start make producer')
  // An async producer with this config.
  const producer = await newAsyncProducer(addrs, config)

  // What comes back, by whichever channel.
  print('start goroutine')
  const successes = (async () => {
    for await (const _ of producer.successes) {
      // print('offset: ', suc.offset, 'timestamp: ', suc.timestamp, 'partitions: ', suc.partition)
    }
  })()
  const errors = (async () => {
    for await (const fail of producer.errors) print('err: ', fail.message)
  })()

  try {
    for (;;) {
      await sleep(config.clock, 500, signal)
      if (signal.aborted) break
      const time11 = new Date(config.clock.now())
      const value = `this is a message 0606 ${time11.toTimeString().slice(0, 8)}`

      // A message of its own each time: the producer keeps it until it is sent, with others in one batch.
      const msg: ProducerMessage = {
        topic: '0606_test',
      }

      // The string becomes bytes.
      msg.value = Buffer.from(value)

      // Into the channel.
      await producer.input.send(msg, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    producer.asyncClose()
    await Promise.all([successes, errors])
  }
}

if (process.argv[1] === import.meta.filename) await run(saramaProducer)
