import { describe, expect, test } from 'vitest'
import { Direction } from '../../src/broker/direction.ts'
import { Links } from '../../src/broker/links.ts'
import { Random } from '../../src/broker/random.ts'
import { WaitQueue } from '../../src/broker/wait-queue.ts'
import { ManualClock } from './manual-clock.ts'

/** The way from broker 1 to broker 2, and what has arrived by it. */
function way(whileCut: 'arrives' | 'waits' = 'arrives') {
  const clock = new ManualClock()
  const queue = new WaitQueue(clock)
  const links = new Links(queue, new Random(0))
  const direction = new Direction(queue, { links, from: 1, to: 2 }, whileCut)
  const arrived: string[] = []
  const send = (...names: string[]): void => {
    for (const name of names) direction.carry({ queue, run: () => arrived.push(name) })
  }
  return { clock, queue, links, direction, arrived, send }
}

describe('what travels from one end of the network to another', () => {
  test('arrives at once while nothing is in the way, and leaves no timer', () => {
    const { send, arrived, clock } = way()
    send('one', 'two')
    expect(arrived).toEqual(['one', 'two'])
    expect(clock.pending).toBe(0)
  })

  test('arrives as late as the link is slow, each by itself', () => {
    const { send, arrived, clock, links } = way()
    links.set(1, 2, { delay: 100 })
    send('one')
    clock.advance(50)
    send('two')
    clock.advance(50)
    expect(arrived).toEqual(['one'])
    clock.advance(49)
    expect(arrived).toEqual(['one'])
    clock.advance(1)
    expect(arrived).toEqual(['one', 'two'])
    expect(clock.pending).toBe(0)
  })

  test('arrives at once when the link is made healthy again, and nothing overtakes it', () => {
    const { send, arrived, clock, links } = way()
    links.set(1, 2, { delay: 60_000 })
    send('one', 'two')
    links.heal()
    send('three')
    expect(arrived).toEqual(['one', 'two', 'three'])
    expect(clock.pending).toBe(0)
  })

  test('is no way on which nothing is under way before all has arrived, in the turn that heals it too', () => {
    const { send, arrived, links, queue, direction } = way()
    links.set(1, 2, { delay: 60_000 })
    send('one')
    queue.turn(() => {
      links.heal()
      expect([direction.isIdeal, arrived]).toEqual([false, []])
      send('two')
    })
    expect(arrived).toEqual(['one', 'two'])
    expect(direction.isIdeal).toBe(true)
  })

  test('arrives by the delay that the link has by then, counted from when it was sent', () => {
    const { send, arrived, clock, links } = way()
    links.set(1, 2, { delay: 100 })
    send('one')
    clock.advance(40)
    links.set(1, 2, { delay: 60 })
    clock.advance(19)
    expect(arrived).toEqual([])
    clock.advance(1)
    expect(arrived).toEqual(['one'])
  })

  test('waits for a cut to be over where nobody would send it again, and arrives in its order', () => {
    const { send, arrived, clock, links } = way('waits')
    links.set(1, 2, { delay: 100 })
    send('one')
    links.split([[1], [2]], false)
    send('two')
    clock.advance(1000)
    expect(arrived).toEqual([])
    links.heal()
    expect(arrived).toEqual(['one', 'two'])
  })

  test('is forgotten with a connection that is over', () => {
    const { send, arrived, clock, links, direction } = way('waits')
    links.set(1, 2, { delay: 100 })
    send('one')
    direction.close()
    expect(clock.pending).toBe(0)
    links.heal()
    clock.advance(1000)
    expect(arrived).toEqual([])
  })
})
