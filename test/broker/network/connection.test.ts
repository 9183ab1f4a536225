import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { Links } from '../../../src/broker/links.ts'
import { Connection } from '../../../src/broker/network/connection.ts'
import type { Dispatch } from '../../../src/broker/network/dispatch.ts'
import { MemorySocket } from '../../../src/broker/network/memory-socket.ts'
import type { Answered } from '../../../src/broker/network/wire-faults.ts'
import { Random } from '../../../src/broker/random.ts'
import { Signal } from '../../../src/broker/signal.ts'
import { WaitQueue } from '../../../src/broker/wait-queue.ts'
import { type Reply, Waiting } from '../../../src/broker/waiting.ts'
import { ManualClock } from '../manual-clock.ts'

/** A connection whose requests are plain text, served by the function given. */
function connect(serve: (text: string) => Reply<Answered>, queue = new WaitQueue(new ManualClock())) {
  const [client, server] = MemorySocket.pair()
  const closed: (string | undefined)[] = []
  const dispatch = { request: (frame: Buffer) => serve(frame.toString()) } as Pick<Dispatch, 'request'> as Dispatch
  new Connection(server, {
    id: 'test',
    remoteHost: '127.0.0.1',
    localHost: '127.0.0.1',
    queue,
    dispatch,
    links: new Links(queue, new Random(1)),
    nodeId: 1,
    maxFrameBytes: 1 << 20,
    onClose: (_, reason) => closed.push(reason),
  })
  return { client, server, queue, closed }
}

function frame(text: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(text.length)
  return Buffer.concat([length, Buffer.from(text)])
}

function answer(text: string): Answered {
  return { frames: [Buffer.from(text)] }
}

/** Reads until so many bytes have come. */
async function read(stream: Duplex, bytes: number): Promise<string> {
  const chunks: Buffer[] = []
  for (let missing = bytes; missing > 0; ) {
    const chunk = stream.read() as Buffer | null
    if (chunk === null) {
      await once(stream, 'readable')
      continue
    }
    chunks.push(chunk)
    missing -= chunk.length
  }
  return Buffer.concat(chunks).toString()
}

describe('a connection', () => {
  test('answers its requests in order, holding the later ones while one waits', async () => {
    const signal = new Signal()
    let open = false
    const asked: string[] = []
    const { client, queue } = connect((text) => {
      asked.push(text)
      if (text !== 'slow') return answer(text)
      return Waiting.until({ on: [signal], ask: () => (open ? answer('slow') : undefined) })
    })
    client.write(Buffer.concat([frame('1'), frame('slow'), frame('2')]))
    expect(await read(client, 1)).toBe('1')
    expect(asked).toEqual(['1', 'slow'])

    const rest = read(client, 5)
    queue.turn(() => {
      open = true
      signal.mark()
    })
    expect(await rest).toBe('slow2')
    expect(asked).toEqual(['1', 'slow', '2'])
  })

  test('goes on without an answer where none is wanted', async () => {
    const { client } = connect((text) => (text === 'silent' ? { frames: [] } : answer(text)))
    client.write(Buffer.concat([frame('silent'), frame('heard')]))
    expect(await read(client, 5)).toBe('heard')
  })

  test('serves no further request while its answers are not read', async () => {
    const large = 'x'.repeat(256 * 1024)
    let served = 0
    const { client } = connect(() => {
      served++
      return answer(large)
    })
    const requests = 20
    for (let i = 0; i < requests; i++) client.write(frame('more'))
    // Everything that can move without the client's reading has moved once its own writes are through.
    await new Promise((resolve) => client.write(frame('last'), resolve))
    expect(served).toBeLessThan(requests)

    expect((await read(client, (requests + 1) * large.length)).length).toBe((requests + 1) * large.length)
    expect(served).toBe(requests + 1)
  })

  test('is closed with a reason when a request cannot be served, and only it', async () => {
    const { client, closed } = connect(() => {
      throw new Error('what is this')
    })
    client.resume()
    client.write(frame('?'))
    await once(client, 'close')
    expect(closed).toEqual(['what is this'])
  })

  test('is closed at a frame of impossible length', async () => {
    const { client, closed } = connect(answer)
    client.resume()
    client.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    await once(client, 'close')
    expect(closed).toEqual(['what it sent looks like HTTP (GET /)'])
  })

  test('sends what it has answered before it closes', async () => {
    const { client } = connect((text) => (text === 'end' ? { frames: [], close: 'enough' } : answer(text)))
    client.write(Buffer.concat([frame('said'), frame('end'), frame('never')]))
    expect(await read(client, 4)).toBe('said')
    const closed = once(client, 'close')
    // What is not read does not end.
    client.resume()
    await closed
  })

  test('that a client leaves gives up what it waited for', async () => {
    let given = false
    const clock = new ManualClock()
    const { client, server } = connect(
      () =>
        Waiting.until<Answered>({
          on: [],
          ask: () => undefined,
          deadline: {
            afterMs: 1000,
            answer: () => {
              given = true
              return answer('late')
            },
          },
        }),
      new WaitQueue(clock),
    )
    await new Promise((resolve) => client.write(frame('wait'), resolve))
    expect(clock.pending).toBe(1)
    client.destroy()
    await once(server, 'close')
    expect(clock.pending).toBe(0)
    clock.advance(1000)
    expect(given).toBe(false)
  })
})
