/**
 * A client that is librdkafka underneath, as the benchmark of clients runs it: node-rdkafka, or @confluentinc/kafka-javascript by the same
 * interface. It may run on an older Node.js, for which it was compiled. Its arguments are the folder with the client, and the client's name.
 */
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'

const [folder, name] = process.argv.slice(2)
const rdkafka = createRequire(join(folder, 'package.json'))(name)

const BATCH_RECORDS = 500
const IN_FLIGHT = 5
/** How many messages are asked for at once of what has been fetched. */
const CONSUMED_AT_ONCE = 1000

const tasks = { produce: send, send, consume }

for await (const line of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`)
}

async function answer(task) {
  try {
    if (tasks[task.task] === undefined) throw new Error(`this program knows no task ${task.task}`)
    return { values: await tasks[task.task](task) }
  } catch (error) {
    return { failure: error.message }
  }
}

/** librdkafka takes messages one by one, and puts them together itself. */
async function send({ address, topic, partitions, recordBytes, records }) {
  const value = randomBytes(recordBytes)
  const producer = new rdkafka.Producer(
    {
      'metadata.broker.list': address,
      dr_cb: true,
      'batch.num.messages': BATCH_RECORDS,
      'max.in.flight.requests.per.connection': IN_FLIGHT,
      'linger.ms': 5,
    },
    { acks: -1 },
  )
  producer.setPollInterval(10)
  await call(producer, 'connect', {})
  try {
    const begun = performance.now()
    let acknowledged = 0
    await new Promise((resolve, reject) => {
      producer.on('delivery-report', (error) => {
        if (error) reject(error)
        else if (++acknowledged === records) resolve()
      })
      let sent = 0
      const fill = () => {
        try {
          while (sent < records) {
            producer.produce(topic, Math.floor(sent / BATCH_RECORDS) % partitions, value)
            sent++
            // Reports come by polling, which needs its turn.
            if (sent % 10_000 === 0) return setImmediate(fill)
          }
        } catch (error) {
          if (error.code !== rdkafka.CODES.ERRORS.ERR__QUEUE_FULL) return reject(error)
          producer.poll()
          setImmediate(fill)
        }
      }
      fill()
    })
    return [(records / (performance.now() - begun)) * 1000]
  } finally {
    await call(producer, 'disconnect')
  }
}

async function consume({ address, topic, recordBytes, records }) {
  const consumer = new rdkafka.KafkaConsumer(
    { 'metadata.broker.list': address, 'group.id': `${topic}-${name}`, 'enable.auto.commit': false },
    { 'auto.offset.reset': 'earliest' },
  )
  await call(consumer, 'connect', {})
  try {
    consumer.subscribe([topic])
    let [seen, bytes, begun, before] = [0, 0, 0, 0]
    while (seen < records) {
      const messages = await call(consumer, 'consume', CONSUMED_AT_ONCE)
      const counted = messages.filter(({ value }) => value !== null && value.length > 0)
      if (seen === 0 && counted.length > 0) [begun, before] = [performance.now(), counted.length]
      seen += counted.length
      for (const { value } of counted) bytes += value.length
    }
    if (bytes !== records * recordBytes) throw new Error(`${bytes} bytes came, not ${records * recordBytes}`)
    return [((records - before) / (performance.now() - begun)) * 1000]
  } finally {
    await call(consumer, 'disconnect')
  }
}

function call(it, method, ...args) {
  return new Promise((resolve, reject) => {
    it[method](...args, (error, value) => (error ? reject(error) : resolve(value)))
  })
}
