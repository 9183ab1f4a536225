import { beforeAll, describe, expect, test } from 'vitest'
import { ALLOCATION_FLAGS } from '../../bench/benches.ts'
import { median } from '../../bench/measure.ts'
import { Worker } from '../../bench/worker.ts'

const ROUNDS = 7
/** The smallest thing on V8's heap is larger. What is less is the coarseness of what V8 tells. */
const SMALLEST_OBJECT = 8

/** In a process of its own, where nothing else is allocated, and nothing is collected meanwhile. */
describe('on the heap', () => {
  const rounds: number[][] = []

  beforeAll(async () => {
    const entry = new URL('../../src/index.ts', import.meta.url).href
    const worker = await Worker.start('allocations', [entry], ALLOCATION_FLAGS)
    try {
      for (let round = 0; round < ROUNDS; round++) {
        rounds.push((await worker.ask<{ values: number[] }>('round')).values)
      }
    } finally {
      await worker.stop()
    }
  })

  const taken = (figure: number): number => median(rounds.map((values) => values[figure] as number))

  test('a Produce request takes nothing for each record in it', () => {
    expect(taken(0)).toBeLessThan(SMALLEST_OBJECT)
  })

  test('a Fetch takes nothing for each record that it gives', () => {
    expect(taken(1)).toBeLessThan(SMALLEST_OBJECT)
  })

  test('a fetch that waits takes nothing while records come that it does not wait for', () => {
    expect(taken(2)).toBeLessThan(SMALLEST_OBJECT)
  })
})

describe('on the heap, while nobody answers in place of the broker and no timeline is kept', () => {
  test('a request takes nothing for its way past handlers, events and timeline', async () => {
    const worker = await Worker.start('hooks', [], ALLOCATION_FLAGS)
    const rounds: number[][] = []
    try {
      for (let round = 0; round < ROUNDS; round++) {
        rounds.push((await worker.ask<{ values: number[] }>('round')).values)
      }
    } finally {
      await worker.stop()
    }
    const taken = (figure: number): number => median(rounds.map((values) => values[figure] as number))
    expect(Math.abs(taken(0))).toBeLessThan(SMALLEST_OBJECT)
    // So much for that this can tell.
    expect(taken(1)).toBeGreaterThan(SMALLEST_OBJECT)
  })
})
