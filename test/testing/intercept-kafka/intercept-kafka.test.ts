import { once } from 'node:events'
import { createServer, connect as netConnect } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { interceptKafka } from '../../../src/testing/index.ts'
import { WireClient } from '../../wire-client.ts'
import { kafkajs, type RoundTrip, viaKafkajs, viaOurs, viaPlatformatic } from './clients.ts'

const ADDRESS = 'kafka-1.internal:9092'

async function start(options: Parameters<typeof KafkaCluster.start>[0] = {}): Promise<KafkaCluster> {
  const cluster = await KafkaCluster.start({ topics: { orders: {}, bills: { partitions: 3 } }, ...options })
  onTestFinished(() => cluster.stop())
  return cluster
}

/** A server on loopback that is no broker, and says hello. */
async function foreignServer(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => socket.end(`hello ${bytes}`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
  })
  return (server.address() as { port: number }).port
}

async function askForeign(port: number): Promise<string> {
  const socket = netConnect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('you')
  const [answer] = await once(socket, 'data')
  socket.destroy()
  return String(answer)
}

const clients: [string, RoundTrip, string][] = [
  ['kafkajs', viaKafkajs, 'by kafkajs'],
  ['@platformatic/kafka', viaPlatformatic, 'by @platformatic/kafka'],
  ['memkafka/client', viaOurs, 'by memkafka/client'],
]

describe('code with fixed addresses reaches a cluster', () => {
  for (const [name, roundTrip, value] of clients) {
    test(`by ${name}`, async () => {
      const cluster = await start()
      await using _ = await interceptKafka(cluster, { [ADDRESS]: 1 })
      expect(await roundTrip([ADDRESS], 'orders', false)).toBe(value)
    })

    test(`by ${name} with TLS, which knows no certificate`, async () => {
      const cluster = await start()
      await using _ = await interceptKafka(cluster, { 'kafka-1.internal:9094': 1 })
      expect(await roundTrip(['kafka-1.internal:9094'], 'orders', true)).toBe(value)
    })

    test(`by ${name}, all of its brokers`, async () => {
      const addresses = { 'kafka-1.internal:9092': 1, 'kafka-2.internal:9092': 2, 'kafka-3.internal:9092': 3 }
      const cluster = await start({ brokers: 3, topics: { orders: { replicationFactor: 3 } } })
      await using _ = await interceptKafka(cluster, addresses)
      const remotes = new Set<string>()
      cluster.events.on('connection:open', ({ remote }) => remotes.add(remote))
      expect(await roundTrip(Object.keys(addresses), 'orders', false)).toBe(value)
      expect([...remotes]).toEqual(['in-memory client'])
    })
  }

  test('and code that asks at its own addresses, where none is listed', async () => {
    const cluster = await start()
    await using _ = await interceptKafka(cluster)
    const remotes = new Set<string>()
    cluster.events.on('connection:open', ({ remote }) => remotes.add(remote))
    expect(await viaPlatformatic(cluster.bootstrapServers, 'orders', false)).toBe('by @platformatic/kafka')
    expect([...remotes]).toEqual(['in-memory client'])
  })

  test('and is told of these addresses, and of the real one of a broker that has none', async () => {
    const cluster = await start({ brokers: 3 })
    const addresses = { 'bootstrap.internal:9092': 1, 'kafka-1.internal:9092': 1, 'kafka-2.internal:9093': 2 }
    await using _ = await interceptKafka(cluster, addresses)
    const admin = kafkajs({ brokers: ['kafka-1.internal:9092'] }).admin()
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    await admin.disconnect()
    expect(brokers.map(({ nodeId, host, port }) => `${nodeId} ${host}:${port}`).sort()).toEqual([
      '1 bootstrap.internal:9092',
      '2 kafka-2.internal:9093',
      `3 ${cluster.broker(3).bootstrapServer}`,
    ])
  })

  test('at the brokers’ own addresses, too', async () => {
    const cluster = await start()
    await using _ = await interceptKafka(cluster, { [ADDRESS]: 1 })
    const opened = nextRemote(cluster)
    const admin = kafkajs({ brokers: cluster.bootstrapServers }).admin()
    await admin.connect()
    expect((await admin.describeCluster()).brokers).toEqual([{ nodeId: 1, host: 'kafka-1.internal', port: 9092 }])
    await admin.disconnect()
    expect(await opened).toBe('in-memory client')
  })

  test('and is told of another where a test has a broker advertise it', async () => {
    const cluster = await start()
    await using _ = await interceptKafka(cluster, { [ADDRESS]: 1 })
    cluster.broker(1).advertise('10.0.0.1:9092')
    const client = new WireClient(netConnect(9092, 'kafka-1.internal'))
    const { brokers } = await client.send(Metadata, 9, { topics: [] })
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(['10.0.0.1:9092'])
    client.stream.destroy()
  })

  test('however the host is written', async () => {
    const cluster = await start()
    await using _ = await interceptKafka(cluster, { 'Kafka.Internal:9092': 1, '[::1]:9093': 1 })
    for (const [host, port] of [
      ['kafka.internal', 9092],
      ['KAFKA.INTERNAL.', 9092],
      ['localhost', 9093],
    ] as const) {
      const opened = nextRemote(cluster)
      const socket = netConnect({ host, port })
      await once(socket, 'connect')
      expect(await opened).toBe('in-memory client')
      socket.destroy()
    }
  })
})

/** The remote end of the next connection. */
function nextRemote(cluster: KafkaCluster): Promise<string> {
  return new Promise((resolve) => cluster.events.on('connection:open', ({ remote }) => resolve(remote), { once: true }))
}

describe('an intercepted connection', () => {
  test('is refused by a broker that does not run, and taken once it does', async () => {
    const cluster = await start()
    await using _ = await interceptKafka(cluster, { [ADDRESS]: 1 })
    await cluster.broker(1).kill()
    const socket = netConnect(9092, 'kafka-1.internal')
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({
      code: 'ECONNREFUSED',
      syscall: 'connect',
      message: 'connect ECONNREFUSED kafka-1.internal:9092',
    })
    const secure = tlsConnect(9092, 'kafka-1.internal')
    await expect(once(secure, 'secureConnect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await cluster.broker(1).start()
    const again = netConnect(9092, 'kafka-1.internal')
    await once(again, 'connect')
    again.destroy()
  })

  test('ends when the broker does, and when the client does', async () => {
    const cluster = await start()
    await using _ = await interceptKafka(cluster, { [ADDRESS]: 1 })
    const one = netConnect(9092, 'kafka-1.internal')
    await once(one, 'connect')
    await cluster.broker(1).kill()
    await once(one.resume(), 'close')
    await cluster.broker(1).start()
    const other = netConnect(9092, 'kafka-1.internal')
    await once(other, 'connect')
    const closed = new Promise((resolve) => cluster.events.on('connection:close', resolve, { once: true }))
    other.end()
    await closed
    expect(cluster.network.connections).toEqual([])
  })

  test('takes a large answer as fast as it is read', async () => {
    const cluster = await start()
    await using _ = await interceptKafka(cluster, { [ADDRESS]: 1 })
    const kafka = kafkajs({ brokers: [ADDRESS] })
    const producer = kafka.producer()
    await producer.connect()
    const value = Buffer.alloc(900_000, 'x')
    for (let i = 0; i < 10; i++) await producer.send({ topic: 'orders', messages: [{ value }] })
    const consumer = kafka.consumer({ groupId: 'g', maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topic: 'orders', fromBeginning: true })
    let seen = 0
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          seen += message.value?.length ?? 0
          if (seen === 9_000_000) resolve()
        },
      })
    })
    await Promise.all([producer.disconnect(), consumer.disconnect()])
  })
})

describe('an interception', () => {
  test('of one cluster leaves another’s alone', async () => {
    const [one, two] = await Promise.all([start({ seed: 1 }), start({ seed: 2 })])
    await using _one = await interceptKafka(one, { 'one.internal:9092': 1 })
    await using _two = await interceptKafka(two, { 'two.internal:9092': 1 })
    for (const [cluster, address] of [
      [one, 'one.internal:9092'],
      [two, 'two.internal:9092'],
    ] as const) {
      const admin = kafkajs({ brokers: [address] }).admin()
      await admin.connect()
      expect((await admin.describeCluster()).clusterId).toBe(cluster.clusterId)
      await admin.disconnect()
    }
    const port = await foreignServer()
    expect(await askForeign(port)).toBe('hello you')
  })

  test('refuses an address that another has', async () => {
    const [one, two] = await Promise.all([start(), start()])
    const first = await interceptKafka(one, { [ADDRESS]: 1 })
    await expect(interceptKafka(two, { 'KAFKA-1.internal:9092': 1 })).rejects.toThrow(
      /kafka-1.internal:9092 is intercepted already/,
    )
    first.end()
    await using second = await interceptKafka(two, { [ADDRESS]: 1 })
    expect([first.isActive, second.isActive]).toEqual([false, true])
  })

  test('ends with the cluster, and with its connections', async () => {
    const cluster = await start()
    const interception = await interceptKafka(cluster, { [ADDRESS]: 1 })
    const socket = netConnect(9092, 'kafka-1.internal')
    await once(socket, 'connect')
    const closed = once(socket.resume(), 'close')
    await cluster.stop()
    await closed
    expect(interception.isActive).toBe(false)
    await expect(interceptKafka(cluster, { [ADDRESS]: 1 })).rejects.toThrow(/stopped/)
  })

  test('ends its connections when it is ended, and no sooner, and may be ended twice', async () => {
    const cluster = await start()
    const socket = await (async () => {
      using interception = await interceptKafka(cluster, { [ADDRESS]: 1 })
      const opened = netConnect(9092, 'kafka-1.internal')
      await once(opened, 'connect')
      expect(interception.isActive).toBe(true)
      expect(cluster.network.connections.length).toBe(1)
      return opened
    })()
    await once(socket.resume(), 'close')
    expect(cluster.network.connections).toEqual([])
  })

  test('that ends while a client connects lets the connection go where it says, be it alone or not', async () => {
    const cluster = await start()
    const nowhere = '127.0.0.1:1'
    for (const others of [false, true]) {
      const intercepted = await interceptKafka(cluster, { [nowhere]: 1 }, { onUnhandledConnection: 'bypass' })
      const other = others
        ? await interceptKafka(cluster, { [ADDRESS]: 1 }, { onUnhandledConnection: 'bypass' })
        : undefined
      const socket = netConnect(1, '127.0.0.1')
      intercepted.end()
      await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      expect(socket.destroyed).toBe(true)
      other?.end()
    }
    expect(cluster.network.connections).toEqual([])
  })

  test('that ends as soon as a client is connected ends its connection', async () => {
    const cluster = await start()
    const intercepted = await interceptKafka(cluster, { [ADDRESS]: 1 })
    const socket = netConnect(9092, 'kafka-1.internal')
    const closed = once(socket, 'close')
    await once(socket, 'connect')
    socket.resume().write('\0')
    intercepted.end()
    await closed
    await cluster.waitUntil(() => cluster.network.connections.length === 0)
  })

  test('says what is wrong with what it is given', async () => {
    const cluster = await start()
    await expect(interceptKafka(cluster, { 'kafka-1.internal': 1 })).rejects.toThrow(/wants addresses such as/)
    await expect(interceptKafka(cluster, { 'kafka-1.internal:70000': 1 })).rejects.toThrow(TypeError)
    await expect(interceptKafka(cluster, { [ADDRESS]: 7 })).rejects.toThrow(/there is no broker 7/)
    const options = { onUnhandledConnection: 'maybe' as 'warn' }
    await expect(interceptKafka(cluster, {}, options)).rejects.toThrow(/'warn', 'error' or 'bypass' is wanted/)
  })
})

describe('beside msw', () => {
  const server = () => setupServer(http.get('http://shop.internal/', () => HttpResponse.text('from msw')))
  const fromMsw = async () => (await fetch('http://shop.internal/')).text()

  test.each(['msw first', 'ours first'])('each answers what is its own, %s', async (order) => {
    const topics = Object.fromEntries(clients.map(([name]) => [name.replace(/\W/g, '-'), {}]))
    const cluster = await start({ topics })
    const msw = server()
    if (order === 'msw first') msw.listen({ onUnhandledFrame: 'error' })
    await using _ = await interceptKafka(cluster, { [ADDRESS]: 1 })
    if (order === 'ours first') msw.listen({ onUnhandledFrame: 'error' })
    try {
      expect(await fromMsw()).toBe('from msw')
      for (const [name, roundTrip, value] of clients) {
        // A topic for each.
        expect(await roundTrip([ADDRESS], name.replace(/\W/g, '-'), false)).toBe(value)
      }
      const port = await foreignServer()
      expect(await askForeign(port)).toBe('hello you')
    } finally {
      msw.close()
    }
  })

  test('the cluster stays within reach when msw is closed midway, and is closed itself while msw goes on', async () => {
    const cluster = await start()
    const msw = server()
    msw.listen({ onUnhandledFrame: 'error' })
    const interception = await interceptKafka(cluster, { [ADDRESS]: 1 })
    const admin = kafkajs({ brokers: [ADDRESS] }).admin()
    await admin.connect()
    msw.close()
    expect((await admin.describeCluster()).clusterId).toBe(cluster.clusterId)
    expect(await viaKafkajs([ADDRESS], 'orders', false)).toBe('by kafkajs')
    msw.listen({ onUnhandledFrame: 'error' })
    await admin.disconnect()
    interception.end()
    expect(await fromMsw()).toBe('from msw')
    msw.close()
    const port = await foreignServer()
    expect(await askForeign(port)).toBe('hello you')
  })
})

describe('a connection that looks like Kafka to an address that is not listed', () => {
  /** What the process warns of meanwhile. */
  function warnings(): string[] {
    const heard: string[] = []
    const hear = (warning: Error): void => {
      if (warning.name === 'MemkafkaWarning') heard.push(warning.message)
    }
    process.on('warning', hear)
    onTestFinished(() => {
      process.off('warning', hear)
    })
    return heard
  }

  test.each(['warn', 'bypass'] as const)('is let through: %s', async (onUnhandledConnection) => {
    const cluster = await start()
    const port = await foreignServer()
    const heard = warnings()
    // A port that is listed looks like Kafka on any host.
    await using _ = await interceptKafka(cluster, { [`kafka.internal:${port}`]: 1 }, { onUnhandledConnection })
    expect(await askForeign(port)).toBe('hello you')
    expect(await askForeign(port)).toBe('hello you')
    const warning = `interceptKafka: a connection to localhost:${port} looks like Kafka, and the address is not listed; it goes to the network`
    expect(heard).toEqual(onUnhandledConnection === 'warn' ? [warning] : [])
  })

  test('is refused with `error`, whatever another interception says', async () => {
    const [one, two] = await Promise.all([start(), start()])
    await using _one = await interceptKafka(one, { [ADDRESS]: 1 })
    await using _two = await interceptKafka(two, { 'two.internal:9092': 1 }, { onUnhandledConnection: 'error' })
    const socket = netConnect(9092, '127.0.0.1')
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    expect(String(error)).toContain('localhost:9092 looks like Kafka, and the address is not listed')
  })

  test('is nothing else: other ports go where they go', async () => {
    const cluster = await start()
    const port = await foreignServer()
    await using _ = await interceptKafka(cluster, { [ADDRESS]: 1 }, { onUnhandledConnection: 'error' })
    expect(await askForeign(port)).toBe('hello you')
  })
})
