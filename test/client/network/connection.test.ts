import { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Config, ErrNetworkException, newClient, newConfig } from '../../../src/client/index.ts'
import { Connection } from '../../../src/client/network/connection.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { Heartbeat } from '../../../src/protocol/messages/heartbeat.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { saslDoor } from './sasl-door.ts'

/** A line that takes bytes when it is told to. */
class SlowLine extends Duplex {
  private readonly taken: (() => void)[] = []

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.taken.push(done)
  }

  /** Takes one chunk, if there is one. */
  takeOne(): void {
    this.taken.shift()?.()
  }
}

/** Time that passes when it is told to. */
function handClock() {
  let time = 0
  const timers = new Set<{ at: number; run: () => void }>()
  return {
    timers,
    now: () => time,
    setTimer(delayMs: number, run: () => void) {
      const timer = { at: time + delayMs, run }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    advance(ms: number): void {
      time += ms
      for (const timer of [...timers]) {
        if (timer.at > time || !timers.delete(timer)) continue
        timer.run()
      }
    },
  }
}

function connectionOver(
  line: Duplex,
  clock: ReturnType<typeof handClock>,
  change: (config: Config) => void = () => {},
) {
  const config = newConfig({ clock })
  change(config)
  return new Connection(line, config, 'test', () => {})
}

const produce = { acks: 0, timeoutMs: 1_000, topicData: [] }

describe('a connection over a slow line', () => {
  test('stays as long as the broker takes bytes, however many there are', async () => {
    const [line, clock] = [new SlowLine(), handClock()]
    const connection = connectionOver(line, clock)
    const posts: Promise<void>[] = []
    let failed = 0
    const post = (): void => {
      posts.push(connection.post(Produce, 9, produce).catch(() => void failed++))
    }
    post()
    await setImmediate()
    // There is always a request that waits behind the one that is being written.
    for (let second = 0; second < 100; second++) {
      post()
      await setImmediate()
      clock.advance(1_000)
      line.takeOne()
      await setImmediate()
    }
    expect(failed).toBe(0)
    expect(connection.isOpen).toBe(true)
    connection.close()
    await Promise.all(posts)
  })

  test('is given up when the broker takes nothing for net.writeTimeout, and so is what is not written', async () => {
    const [line, clock] = [new SlowLine(), handClock()]
    const connection = connectionOver(line, clock)
    const posts = [connection.post(Produce, 9, produce), connection.post(Produce, 9, produce)]
    const ends = Promise.allSettled(posts)
    await setImmediate()
    clock.advance(30_000)
    expect(connection.isOpen).toBe(false)
    for (const end of await ends) {
      expect(end).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('takes no more') } })
    }
    expect(clock.timers.size).toBe(0)
  })

  test('ends what is being written when it is closed', async () => {
    const [line, clock] = [new SlowLine(), handClock()]
    const connection = connectionOver(line, clock)
    const end = connection.post(Produce, 9, produce).catch((error: unknown) => error)
    await setImmediate()
    connection.close()
    expect(await end).toBeInstanceOf(ErrNetworkException)
  })
})

describe('a connection that carries requests of several waits', () => {
  test('waits for each no longer than it is given, whatever was waited for before', async () => {
    const [line, clock] = [new SlowLine(), handClock()]
    const connection = connectionOver(line, clock)
    const long = connection.send(Heartbeat, 0, {}, {}, 600_000).catch(() => {})
    clock.advance(1_000)
    const short = connection.send(Heartbeat, 0, {}).catch((error: unknown) => error)
    for (let i = 0; i < 10; i++) {
      await setImmediate()
      line.takeOne()
    }
    // The answer to the first: its correlation id, and no error.
    line.push(Buffer.from([0, 0, 0, 6, 0, 0, 0, 0, 0, 0]))
    await long
    clock.advance(30_000)
    expect(connection.isOpen).toBe(false)
    expect(await short).toBeInstanceOf(ErrNetworkException)
  })
})

describe('a broker that is let go of', () => {
  test('is not connected to again, not even to renew a session', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    let opened = 0
    let closed = 0
    const users = { alice: 'wonderland' }
    const config = newConfig(cluster.clientConfig(), {
      net: {
        dial: (host, port) => {
          opened++
          const door = saslDoor(cluster.connect(`${host}:${port}`), { users, sessionLifetimeMs: 10_000 })
          return door.on('close', () => closed++)
        },
        sasl: { enable: true, mechanism: 'PLAIN', user: 'alice', password: 'wonderland' },
      },
    })
    const client = await newClient(cluster.bootstrapServers, config)
    const leader = await client.leader('orders', 0)
    await leader.open()
    cluster.broker(1).pause()
    const waiting = leader.send(Heartbeat, {}).catch(() => {})
    await cluster.clock.advance(9_000)
    const next = leader.send(Heartbeat, {}).catch((error: unknown) => error)
    const before = opened
    await client.close()
    await waiting
    await next
    cluster.broker(1).resume()
    await cluster.clock.advance(60_000)
    expect(opened).toBe(before)
    expect(closed).toBe(opened)
  })
})

test('an answer whose header cannot be read fails its request, and the connection', async () => {
  const [line, clock] = [new SlowLine(), handClock()]
  const connection = connectionOver(line, clock)
  const sent = connection.send(Heartbeat, 4, {}).catch((error: unknown) => error)
  await setImmediate()
  // A correlation id, and tagged fields whose number does not end.
  line.push(Buffer.from([0, 0, 0, 5, 0, 0, 0, 0, 0xff]))
  expect(await sent).toBeInstanceOf(ErrNetworkException)
  expect(connection.isOpen).toBe(false)
})
