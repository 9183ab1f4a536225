/**
 * kcat, which is librdkafka for the command line. It makes no topics: kafkajs does that for it, as a broker's own tools would for
 * its users.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import kafkajs from 'kafkajs'
import { tell } from './story.js'

await tell(async (brokers) => {
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()

  const start = (...args) => spawn('kcat', ['-b', brokers.join(','), ...args])

  /** Runs it to its end; it reads the input, if there is any, on its standard input. */
  const run = async (args, input = '') => {
    const kcat = start(...args)
    kcat.stdin.end(input)
    const ended = new Promise((resolve) => kcat.once('close', resolve))
    const [output, errors, code] = await Promise.all([text(kcat.stdout), text(kcat.stderr), ended])
    if (code !== 0) throw new Error(`kcat ${args.join(' ')} ended with exit code ${code}: ${errors}`)
    return output
  }

  /** Runs it until it is told to end; tells of each record. */
  const reading = (args, read) => {
    const kcat = start(...args, '-J', '-u', '-X', 'fetch.wait.max.ms=50')
    kcat.stdin.end()
    const ended = new Promise((resolve) => kcat.once('close', resolve))
    createInterface(kcat.stdout).on('line', (line) => {
      const { partition, offset, ts, key, payload, headers = [] } = JSON.parse(line)
      const pairs = headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]]] : []))
      read({ partition, offset, timestamp: ts, key, value: payload, headers: pairs })
    })
    const end = async () => {
      kcat.kill('SIGTERM')
      await ended
    }
    return { stderr: kcat.stderr, end }
  }

  const metadata = async (...args) => JSON.parse(await run(['-L', '-J', ...args])).topics

  const noCalls = 'it has no such calls'
  return {
    no: { topic: 'it makes none', configs: noCalls, groups: noCalls, delete: noCalls },
    createTopic: (topic, numPartitions, replicationFactor) =>
      admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, replicationFactor }] }),
    partitions: async (topic) => (await metadata('-t', topic)).find((it) => it.topic === topic).partitions.length,
    topics: async () => (await metadata()).map(({ topic }) => topic),
    async produce(topic, records, { codec, idempotent }) {
      // Of one run, all records have the same headers and the same partition.
      const runs = new Map()
      for (const record of records) {
        const headers = (record.headers ?? []).flatMap(([name, value]) => ['-H', `${name}=${value}`])
        const args = record.partition === undefined ? headers : [...headers, '-p', String(record.partition)]
        const key = args.join(' ')
        runs.set(key, { args, records: [...(runs.get(key)?.records ?? []), record] })
      }
      for (const { args, records } of runs.values()) {
        const lines = records.map(({ key, value }) => `${key}\t${value ?? ''}\n`)
        const how = ['-X', `enable.idempotence=${idempotent}`, ...(codec === 'none' ? [] : ['-z', codec])]
        // What is empty is sent as null.
        await run(['-P', '-Z', '-K', '\t', '-t', topic, ...how, ...args], lines.join(''))
      }
      // It tells neither the time that it gave a record nor its offset.
      return records.map(({ key, value, headers = [], partition }) => ({
        key,
        value: value || null,
        headers,
        partition,
      }))
    },
    async read(topic, partition, from, read) {
      const { end } = reading(['-C', '-t', topic, '-p', String(partition), '-o', String(from)], read)
      return { close: end }
    },
    async join(group, topic, read) {
      const options = ['auto.offset.reset=earliest', 'heartbeat.interval.ms=200', 'auto.commit.interval.ms=100']
      const { stderr, end } = reading(['-G', group, ...options.flatMap((it) => ['-X', it]), topic], read)
      let owned = []
      createInterface(stderr).on('line', (line) => {
        const [, what, partitions = ''] = / rebalanced .*: (assigned|revoked): (.*)$/.exec(line) ?? []
        if (what === 'revoked') owned = []
        if (what === 'assigned')
          owned = [...partitions.matchAll(/\[(\d+)\]/g)].map(([, partition]) => Number(partition))
      })
      return { owned: () => owned, leave: end }
    },
    async offsetAt(topic, partition, timestamp) {
      const answer = await run(['-Q', '-t', `${topic}:${partition}:${timestamp}`])
      return Number(/offset (-?\d+)/.exec(answer)?.[1])
    },
    close: () => admin.disconnect(),
  }
})
