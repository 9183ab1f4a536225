import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Gate, type GateOptions } from '../../../src/client/producer/back-pressure.ts'

function gateOf(options: Partial<GateOptions> = {}): Gate {
  return new Gate({
    maxBytes: 100,
    hasRoom: () => true,
    whenRoom: () => new Promise(() => {}),
    onFull: () => {},
    closedError: () => new Error('closed'),
    ...options,
  })
}

describe('a gate', () => {
  test('makes no promise while there is room', () => {
    const gate = gateOf()
    const enter = (): Promise<void> => gate.enter(() => gate.took(1), {})
    expect(enter()).toBe(enter())
  })

  test('lets in one message that is larger than all the room', async () => {
    const gate = gateOf()
    await gate.enter(() => gate.took(1000), {})
    let entered = false
    const next = gate.enter(() => {
      entered = true
    }, {})
    expect(entered).toBe(false)
    gate.gave(1000)
    await next
    expect(entered).toBe(true)
  })

  test('lets in any number of those who wait, though each is settled at once', async () => {
    const gate = gateOf()
    gate.enter(() => gate.took(1000), {})
    let entered = 0
    const waiting = Array.from({ length: 50_000 }, () =>
      gate.enter(() => {
        entered++
        gate.gave(0)
      }, {}),
    )
    gate.gave(1000)
    await Promise.all(waiting)
    expect(entered).toBe(50_000)
  })

  test('asks for what is held back whenever somebody waits for it', () => {
    let asked = 0
    const gate = gateOf({ onFull: () => asked++ })
    for (let i = 0; i < 3; i++) gate.enter(() => gate.took(100), {})
    expect(asked).toBe(2)
    gate.gave(100)
    expect(asked).toBe(3)
  })

  test('lets in one after the other, never more than there is room for', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 50 }), (sizes) => {
        const gate = gateOf()
        const entered: number[] = []
        let inside: number[] = []
        for (const [i, size] of sizes.entries()) {
          gate.enter(() => {
            expect(inside.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(100)
            entered.push(i)
            inside.push(size)
            gate.took(size)
          }, {})
        }
        while (inside.length > 0) {
          const [first = 0, ...rest] = inside
          inside = rest
          gate.gave(first)
        }
        expect(entered).toEqual([...sizes.keys()])
      }),
    )
  })

  test('has those who send without end wait now and then for what they set off', async () => {
    const gate = gateOf({ maxBytes: Number.POSITIVE_INFINITY })
    let ticked = false
    process.nextTick(() => {
      ticked = true
    })
    while (!ticked) await gate.enter(() => gate.took(10_000), {})
    expect(ticked).toBe(true)
  })

  test('lets nobody in once it is closed', async () => {
    const gate = gateOf()
    gate.enter(() => gate.took(100), {})
    const waiting = gate.enter(() => gate.took(1), {})
    gate.close()
    await expect(waiting).rejects.toThrow('closed')
    await expect(gate.enter(() => {}, {})).rejects.toThrow('closed')
  })
})
