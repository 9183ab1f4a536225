import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { parseProxyCommandLine } from '../../src/cli/proxy-options.ts'
import { KafkaCluster } from '../../src/index.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { WireClient } from '../wire-client.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const running = new Set<ChildProcess>()

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

function proxy(...args: string[]) {
  const child = spawn(process.execPath, [main, 'proxy', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  return child
}

describe('memkafka proxy', () => {
  test('says where clients find the brokers of upstream, and stops at SIGTERM with exit code 0', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 2, topics: { orders: { partitions: 6 } } })
    const child = proxy('--upstream', cluster.bootstrapServers.join(), '--port', '0', '--host', '127.0.0.1', '--json')
    const { value } = await createInterface(child.stdout)[Symbol.asyncIterator]().next()
    const { bootstrapServers } = JSON.parse(value as string) as { bootstrapServers: string[] }
    expect(bootstrapServers).toHaveLength(2)
    const client = await WireClient.to(bootstrapServers[1] as string)
    const { topics, brokers } = await client.send(Metadata, 1, { topics: null })
    expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['orders', 6]])
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(bootstrapServers)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test('says what it is in front of, and that Ctrl-C stops nothing else', async () => {
    await using cluster = await KafkaCluster.start()
    const [address] = cluster.bootstrapServers
    const child = proxy('--upstream', address as string, '--port', '0')
    const said = createInterface(child.stdout)[Symbol.asyncIterator]()
    expect((await said.next()).value).toMatch(new RegExp(`bootstrap servers localhost:\\d+, in front of ${address}$`))
    expect((await said.next()).value).toMatch('Ctrl-C stops it alone.')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test.each([
    [[], /^memkafka: proxy wants --upstream HOST:PORT: where the cluster is\n$/],
    [['--upstream', 'nowhere'], /^memkafka: upstream: is 'host:port'[^\n]*\n$/],
    [['--upstream', '127.0.0.1:1', '--port', '0'], /^memkafka: upstream 127\.0\.0\.1:1 cannot be reached[^\n]*\n$/],
    [['--upstream', 'a:1', '--port', 'x'], /^memkafka: --port wants a whole number[^\n]*\n$/],
    [['--brokers', '3'], /^memkafka: Unknown option '--brokers'[^\n]*\n$/],
  ])('%j is one clear line, and exit code 2', async (args, line) => {
    const child = proxy(...args)
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(err).toMatch(line)
    expect(code).toBe(2)
  })

  test('reads its command line', () => {
    expect(parseProxyCommandLine(['--upstream', 'a:1,b:2', '--upstream', 'c:3'])).toEqual({
      run: {
        upstream: ['a:1', 'b:2', 'c:3'],
        host: 'localhost',
        port: 9092,
        tls: false,
        json: false,
        quiet: false,
        verbose: false,
      },
    })
    expect(parseProxyCommandLine(['--help'])).toBe('help')
  })
})
