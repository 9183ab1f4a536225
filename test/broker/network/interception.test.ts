import { afterEach, describe, expect, test, vi } from 'vitest'
import { Events } from '../../../src/broker/events.ts'
import { Interception } from '../../../src/broker/network/interception.ts'
import { HandlerList } from '../../../src/intercept/handler-list.ts'
import { KafkaResponse, kafka } from '../../../src/testing/index.ts'
import { produce, start } from '../../testing/fixture.ts'

/** The smallest thing on V8's heap is larger. What is less is the coarseness of what V8 tells. */
const SMALLEST_OBJECT = 8
const REQUESTS = 100_000

afterEach(() => {
  vi.restoreAllMocks()
})

describe('while there are no handlers and nobody listens', () => {
  test('requests pass interception by', async () => {
    const serve = vi.spyOn(Interception.prototype, 'serve')
    const { cluster, client } = await start()
    await produce(client, { orders: [0] })
    expect(serve).not.toHaveBeenCalled()
    const remove = cluster.use(kafka.produce({ topic: 'bills' }, () => KafkaResponse.drop()))
    await produce(client, { orders: [0] })
    expect(serve).toHaveBeenCalledTimes(1)
    remove()
    await produce(client, { orders: [0] })
    expect(serve).toHaveBeenCalledTimes(1)
    const stop = cluster.events.on('request:end', () => {})
    await produce(client, { orders: [0] })
    expect(serve).toHaveBeenCalledTimes(2)
    stop()
    await produce(client, { orders: [0] })
    expect(serve).toHaveBeenCalledTimes(2)
  })

  test('the look that finds it so leaves nothing on the heap', () => {
    const interception = new Interception(new HandlerList(), new Events())
    const look = (): number => {
      let idle = 0
      const before = process.memoryUsage().heapUsed
      for (let i = 0; i < REQUESTS; i++) if (interception.isIdle) idle++
      const after = process.memoryUsage().heapUsed
      expect(idle).toBe(REQUESTS)
      return (after - before) / REQUESTS
    }
    const taken = Array.from({ length: 7 }, look).sort((a, b) => a - b)
    expect(taken[3]).toBeLessThan(SMALLEST_OBJECT)
  })
})
