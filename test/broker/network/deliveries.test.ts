import { describe, expect, test } from 'vitest'
import { Deliveries } from '../../../src/broker/network/deliveries.ts'
import { MemorySocket } from '../../../src/broker/network/memory-socket.ts'

describe('what is on its way over connections in memory', () => {
  test('arrives one thing at a time: what one sets off is done before the next, promises included', async () => {
    const deliveries = new Deliveries()
    const [one, toOne] = MemorySocket.pair({ deliveries })
    const [two, toTwo] = MemorySocket.pair({ deliveries })
    const seen: string[] = []
    const done = [
      [one, 'one'],
      [two, 'two'],
    ].map(
      ([socket, name]) =>
        new Promise<void>((resolve) => {
          ;(socket as MemorySocket).on('data', async () => {
            seen.push(`${name} begins`)
            for (let step = 0; step < 10; step++) await undefined
            seen.push(`${name} is done`)
            resolve()
          })
        }),
    )
    toOne.write('bytes')
    toTwo.write('bytes')
    await Promise.all(done)
    expect(seen).toEqual(['one begins', 'one is done', 'two begins', 'two is done'])
  })

  test('arrives in its order, though more is sent by what arrives, and never before the sender has returned', async () => {
    const deliveries = new Deliveries()
    const arrived: number[] = []
    const all = new Promise<void>((resolve) => {
      deliveries.post(() => {
        arrived.push(1)
        deliveries.post(() => {
          arrived.push(3)
          resolve()
        })
      })
    })
    deliveries.post(() => arrived.push(2))
    expect(arrived).toEqual([])
    await all
    expect(arrived).toEqual([1, 2, 3])
  })
})
