import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { WireClient } from '../wire-client.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const running = new Set<ChildProcess>()

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

function memkafka(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  return child
}

/** Its lines, one after the other. */
function lines(child: ReturnType<typeof memkafka>): AsyncIterator<string> {
  return createInterface(child.stdout)[Symbol.asyncIterator]()
}

/** The exit code, and all that it said, of a run that ends by itself. */
async function ended(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = memkafka(...args)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number, out, err }
}

describe('memkafka', () => {
  test('says in one line of JSON where its brokers are, and stops at SIGTERM with exit code 0', async () => {
    const child = memkafka('--port', '0', '--brokers', '2', '--topic', 'orders:6:2', '--json')
    const { value } = await lines(child).next()
    const { bootstrapServers } = JSON.parse(value as string) as { bootstrapServers: string[] }
    expect(bootstrapServers).toHaveLength(2)

    const client = await WireClient.to(bootstrapServers[1] as string)
    const { topics } = await client.send(Metadata, 1, { topics: null })
    expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['orders', 6]])

    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test('names the bootstrap servers and gives a hint, then a line for each connection, topic and, with -v, request', async () => {
    const child = memkafka('--port', '0', '-v')
    const said = lines(child)
    const next = async () => (await said.next()).value as string
    const [, port] = /bootstrap servers localhost:(\d+)$/.exec(await next()) ?? []
    expect(await next()).toMatch(/Ctrl-C/)

    const client = await WireClient.to(`localhost:${port}`)
    expect(await next()).toMatch(/connected$/)
    await client.send(ApiVersions, 3, { clientSoftwareName: 'a', clientSoftwareVersion: '1' }, 'the-client')
    expect(await next()).toMatch(/ApiVersions v3 from the-client/)
    await client.send(Metadata, 4, { topics: [{ name: 'made' }], allowAutoTopicCreation: true })
    expect(await next()).toMatch(/topic made created: 1 partition,/)
    expect(await next()).toMatch(/Metadata v4/)
    client.close()
    expect(await next()).toMatch(/disconnected$/)

    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test('prints its usage and its version', async () => {
    expect(await ended('--help')).toMatchObject({ code: 0, out: expect.stringContaining('--kafka-version') })
    expect(await ended('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })

  test.each([
    [['--flag'], /Unknown option '--flag'/],
    [['--port', 'x'], /--port wants a whole number/],
    [['--config', 'num.partitions=0'], /num\.partitions/],
    [['--config', 'no.such.config=1'], /no\.such\.config/],
    [['--kafka-version', '7.0'], /7\.0/],
    [['--topic', 'a:1:3'], /eplication factor/],
  ])('refuses %j in one clear line and with exit code 2', async (args, message) => {
    const { code, out, err } = await ended('--port', '0', ...args)
    expect({ code, out, lines: err.trimEnd().split('\n').length }).toEqual({ code: 2, out: '', lines: 1 })
    expect(err).toMatch(message)
  })

  test('refuses a port that is in use in one clear line and with exit code 2', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const { code, err } = await ended('--port', String(port))
    taken.close()
    expect(code).toBe(2)
    expect(err).toBe(`memkafka: port ${port} on 127.0.0.1 is in use; --port takes another, --port 0 any free one\n`)
  })
})
