import { once } from 'node:events'
import { runInNewContext } from 'node:vm'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { ApiVersions, Metadata, type RequestHandler, respond } from '../../src/testing/index.ts'
import { WireClient } from '../wire-client.ts'

async function start(options = {}) {
  const cluster = await KafkaCluster.start(options)
  onTestFinished(() => cluster.stop())
  const client = new WireClient(cluster.connect())
  const clusterId = async (clientId?: string) =>
    (await client.send(Metadata, 4, { topics: [] }, clientId)).clusterId ?? 'none'
  return { cluster, client, clusterId }
}

/** A handler that names the cluster. */
const named = (clusterId: string, options = {}) => respond(Metadata, () => ({ clusterId }), options)

describe('a handler', () => {
  test('answers in the place of the broker', async () => {
    const { cluster, clusterId } = await start()
    expect(await clusterId()).toBe(cluster.clusterId)
    cluster.use(named('mocked'))
    expect(await clusterId()).toBe('mocked')
  })

  test('lets a request pass to the next handler when it gives nothing, and to the broker when it says so', async () => {
    const { cluster, clusterId } = await start()
    cluster.use(named('older'))
    cluster.use(respond(Metadata, () => undefined))
    expect(await clusterId()).toBe('older')
    cluster.use(respond(Metadata, ({ passthrough }) => passthrough()))
    expect(await clusterId()).toBe(cluster.clusterId)
  })

  test('is about its own API alone', async () => {
    const { cluster, client } = await start()
    cluster.use(named('mocked'))
    expect((await client.send(ApiVersions, 0, {})).errorCode).toBe(ErrorCode.NONE)
  })

  test('answers once where it is to, the first request that it is about', async () => {
    const { cluster, clusterId } = await start()
    cluster.use(named('once', { once: true, when: { clientId: /^billing/ } }))
    expect(await clusterId('orders')).toBe(cluster.clusterId)
    expect(await clusterId('billing-1')).toBe('once')
    expect(await clusterId('billing-1')).toBe(cluster.clusterId)
  })

  test('looks for a pattern in every client id from its beginning', async () => {
    const { cluster, clusterId } = await start()
    cluster.use(named('mocked', { when: { clientId: /billing/g } }))
    expect(await clusterId('billing')).toBe('mocked')
    expect(await clusterId('billing')).toBe('mocked')
    expect(await clusterId('orders')).toBe(cluster.clusterId)
  })

  test('sees the decoded request, its version, client and node', async () => {
    const { cluster, client } = await start({ brokers: [{ nodeId: 7 }] })
    const seen: unknown[] = []
    cluster.use(
      respond(Metadata, ({ request, version, client: { id, host }, nodeId }) => {
        seen.push([request.topics, version, id, host, nodeId])
        return undefined
      }),
    )
    await client.send(Metadata, 1, { topics: [] }, 'me')
    expect(seen).toEqual([[[], 1, 'me', '127.0.0.1', 7]])
  })

  test('may be about requests by what is in them', async () => {
    const { cluster, client, clusterId } = await start({ topics: { t: {} } })
    cluster.use(named('all', { when: { body: (request: { topics: unknown[] | null }) => request.topics === null } }))
    expect(await clusterId()).toBe(cluster.clusterId)
    expect((await client.send(Metadata, 4, { topics: null })).clusterId).toBe('all')
  })

  test('may take its time, and holds only its own connection', async () => {
    const { cluster, clusterId } = await start()
    let answer: (response: { clusterId: string }) => void = () => {}
    const asked = new Promise<void>((resolve) => {
      cluster.use(
        respond(
          Metadata,
          () => {
            resolve()
            return new Promise<{ clusterId: string }>((settle) => {
              answer = settle
            })
          },
          { once: true },
        ),
      )
    })
    const held = clusterId()
    await asked
    const other = new WireClient(cluster.connect())
    expect((await other.send(Metadata, 4, { topics: [] })).clusterId).toBe(cluster.clusterId)
    answer({ clusterId: 'late' })
    expect(await held).toBe('late')
  })

  test('may be written in another realm, as test runners that isolate by vm contexts have it', async () => {
    const { cluster, clusterId } = await start()
    const answer = runInNewContext("() => Promise.resolve({ clusterId: 'elsewhere' })") as () => Promise<object>
    cluster.use(respond(Metadata, answer))
    expect(await clusterId()).toBe('elsewhere')
  })

  test('that throws ends its own connection and is told of; the cluster goes on', async () => {
    const { cluster, client } = await start()
    const errors: unknown[] = []
    cluster.events.on('unhandledException', ({ error }) => errors.push(error))
    const bug = new Error('a bug in a test')
    for (const resolver of [
      () => {
        throw bug
      },
      () => Promise.reject(bug),
    ]) {
      const remove = cluster.use(respond(Metadata, resolver))
      await expect(new WireClient(cluster.connect()).send(Metadata, 4, { topics: [] })).rejects.toThrow(/closed/)
      remove()
    }
    expect(errors).toEqual([bug, bug])
    expect((await client.send(Metadata, 4, { topics: [] })).clusterId).toBe(cluster.clusterId)
  })

  test('that throws is warned of where nobody listens', async () => {
    const { cluster } = await start()
    cluster.use(
      respond(Metadata, () => {
        throw new Error('unheard')
      }),
    )
    const warned = once(process, 'warning')
    await expect(new WireClient(cluster.connect()).send(Metadata, 4, { topics: [] })).rejects.toThrow(/closed/)
    const [warning] = (await warned) as [Error]
    expect(warning).toMatchObject({ name: 'MemkafkaWarning', message: expect.stringContaining('Error: unheard') })
  })

  test('that is none is refused', async () => {
    const { cluster } = await start()
    expect(() => cluster.use({} as never)).toThrow(/use\(\) wants handlers/)
  })
})

describe('the handlers of a cluster', () => {
  test('are asked newest first, and go away by what use gave, or by resetHandlers', async () => {
    const initial = named('initial')
    const { cluster, clusterId } = await start({ handlers: [initial] })
    expect(await clusterId()).toBe('initial')
    const [first, second] = [named('first'), named('second')]
    const remove = cluster.use(first)
    cluster.use(second)
    expect(cluster.listHandlers()).toEqual([second, first, initial])
    expect(await clusterId()).toBe('second')
    remove()
    expect(cluster.listHandlers()).toEqual([second, initial])
    cluster.resetHandlers()
    expect(await clusterId()).toBe('initial')
    const next = named('next')
    cluster.resetHandlers(next)
    expect(cluster.listHandlers()).toEqual([next])
  })

  test('answer once more after restoreHandlers', async () => {
    const { cluster, clusterId } = await start()
    cluster.use(named('once', { once: true }))
    expect([await clusterId(), await clusterId()]).toEqual(['once', cluster.clusterId])
    cluster.restoreHandlers()
    expect(await clusterId()).toBe('once')
  })
})

describe('the events of a request', () => {
  async function eventsOf(...handlers: RequestHandler[]): Promise<string[]> {
    const { cluster, clusterId } = await start({ handlers })
    const seen: string[] = []
    const types = ['start', 'match', 'unhandled', 'end'].map((name) => `request:${name}`)
    for (const type of [...types, 'response:mocked', 'response:bypass'] as 'request:start'[]) {
      cluster.events.on(type, ({ api, version, clientId }) => seen.push(`${type} ${api} v${version} ${clientId}`))
    }
    await clusterId('me')
    return seen.map((line) => line.replace(' Metadata v4 me', ''))
  }

  test('that a handler answers', async () => {
    expect(await eventsOf(named('mocked'))).toEqual([
      'request:start',
      'request:match',
      'response:mocked',
      'request:end',
    ])
  })

  test('that no handler is about', async () => {
    expect(await eventsOf(respond(ApiVersions, () => ({})))).toEqual([
      'request:start',
      'request:unhandled',
      'response:bypass',
      'request:end',
    ])
  })

  test('where there are no handlers', async () => {
    expect(await eventsOf()).toEqual(['request:start', 'response:bypass', 'request:end'])
  })
})

describe('listening', () => {
  test('ends by the function given back, after once, and by a signal', async () => {
    const { cluster, clusterId } = await start()
    const seen: string[] = []
    const stop = cluster.events.on('request:end', () => seen.push('until stopped'))
    cluster.events.on('request:end', () => seen.push('once'), { once: true })
    const controller = new AbortController()
    cluster.events.on('request:end', () => seen.push('until aborted'), { signal: controller.signal })
    await clusterId()
    expect(seen.splice(0)).toEqual(['until stopped', 'once', 'until aborted'])
    stop()
    await clusterId()
    expect(seen.splice(0)).toEqual(['until aborted'])
    controller.abort()
    cluster.events.on('request:end', () => seen.push('too late'), { signal: controller.signal })
    await clusterId()
    expect(seen).toEqual([])
  })
})
