import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Channel } from '../../src/client/channel.ts'

/** Lets everything that waits for a promise go on. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

describe('a channel', () => {
  test('hands over every value once and in order, whoever waits for whom', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('send', 'receive', 'turn'), { maxLength: 60 }),
        fc.integer({ min: 0, max: 5 }),
        async (steps, capacity) => {
          const channel = new Channel<number>(capacity)
          let next = 0
          const sent: Promise<void>[] = []
          const receivers: Promise<number | undefined>[] = []
          for (const step of steps) {
            if (step === 'send') sent.push(channel.send(next++))
            else if (step === 'receive') receivers.push(channel.receive())
            else await turn()
            expect(channel.length).toBeLessThanOrEqual(Math.max(1, capacity))
          }
          while (channel.length > 0) receivers.push(channel.receive())
          channel.close()
          await Promise.all(sent)
          const received = (await Promise.all(receivers)).filter((value) => value !== undefined)
          expect(received).toEqual(Array.from({ length: next }, (_, index) => index))
        },
      ),
    )
  })

  test('makes who sends wait while it is full', async () => {
    const channel = new Channel<string>(1)
    await channel.send('a')
    let sent = false
    const waiting = channel.send('b').then(() => {
      sent = true
    })
    await turn()
    expect(sent).toBe(false)
    expect(await channel.receive()).toBe('a')
    await waiting
    expect(await channel.receive()).toBe('b')
  })

  test('can be read on by another loop after one was left', async () => {
    const channel = new Channel<number>(3)
    for (const value of [1, 2, 3]) await channel.send(value)
    channel.close()
    for await (const value of channel) {
      expect(value).toBe(1)
      break
    }
    const rest: number[] = []
    for await (const value of channel) rest.push(value)
    expect(rest).toEqual([2, 3])
    expect(await channel.receive()).toBeUndefined()
  })

  test('ends the wait of who sends and who receives with their signal, and loses nothing by it', async () => {
    const channel = new Channel<number>(1)
    const controller = new AbortController()
    const { signal } = controller
    const receiving = channel.receive({ signal })
    controller.abort(new Error('enough'))
    await expect(receiving).rejects.toThrow('enough')
    await channel.send(1)
    const other = new AbortController()
    const sending = channel.send(2, { signal: other.signal })
    other.abort(new Error('enough'))
    await expect(sending).rejects.toThrow('enough')
    expect(await channel.receive()).toBe(1)
    expect(channel.length).toBe(0)
  })

  test('that is closed takes no more, and tells readers when it is empty', async () => {
    const channel = new Channel<number>(1, () => new Error('closed'))
    await channel.send(1)
    const sending = channel.send(2)
    channel.close()
    await expect(sending).rejects.toThrow('closed')
    await expect(channel.send(3)).rejects.toThrow('closed')
    expect(await channel.receive()).toBe(1)
    expect(await channel.receive()).toBeUndefined()
  })
})
