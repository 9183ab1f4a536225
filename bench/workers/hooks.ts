/**
 * Heap bytes that a request's way past the handlers and the timeline takes while there are none: what dispatch takes for a Produce, beside what it
 * takes where nobody even looks whether there is anyone; and with a timeline that records.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { handlersByKey } from '../../src/broker/apis/handlers.ts'
import type { Broker } from '../../src/broker/broker.ts'
import { KafkaCluster } from '../../src/broker/cluster.ts'
import { Dispatch } from '../../src/broker/network/dispatch.ts'
import { Interception } from '../../src/broker/network/interception.ts'
import { TimelineRecorder } from '../../src/broker/timeline/recorder.ts'
import { HandlerList } from '../../src/intercept/handler-list.ts'
import { produceRequest } from '../requests.ts'
import { answer } from '../worker.ts'

const REQUESTS = 1000
const WARM_UPS = 6000
const TRIES = 10
const LENGTH_SIZE = 4
const RECORDS = 10
const RECORD_BYTES = 10

const cluster = await KafkaCluster.start({ topics: { bench: {} } })
const broker = KafkaCluster.viewOf(cluster).brokers.get(1) as Broker
const { queue, events } = broker
const frame = produceRequest(RECORDS, RECORD_BYTES).subarray(LENGTH_SIZE)
const origin = { id: 'here', remoteHost: '', localHost: '' }
const outcome = { done: () => {}, failed: () => {} }
const collections = new PerformanceObserver(() => {})
collections.observe({ entryTypes: ['gc'] })

/** A dispatcher with this interception before it. */
function dispatching(interception: Interception): Dispatch {
  return new Dispatch({ broker, handlers: handlersByKey, interception, endpointOf: () => undefined })
}

function serve(dispatch: Dispatch, times: number): void {
  for (let i = 0; i < times; i++) queue.turn(() => queue.await(dispatch.request(frame, origin), outcome))
}

/** Heap bytes for each request. */
async function allocated(dispatch: Dispatch): Promise<number> {
  for (let left = TRIES; left > 0; left--) {
    await turn()
    collections.takeRecords()
    const before = process.memoryUsage().heapUsed
    serve(dispatch, REQUESTS)
    const after = process.memoryUsage().heapUsed
    await turn()
    if (collections.takeRecords().length === 0) return (after - before) / REQUESTS
  }
  throw new Error('something is collected each time')
}

const idle = dispatching(new Interception(new HandlerList(), events))
const unasked = dispatching({ isIdle: true } as Interception)
const recorder = new TimelineRecorder(broker.clock, events, 1)
const recording = dispatching(new Interception(new HandlerList(), events, { recorder }))
for (const dispatch of [idle, unasked, recording]) serve(dispatch, WARM_UPS)

async function round(): Promise<{ values: number[] }> {
  const bare = await allocated(unasked)
  return { values: [(await allocated(idle)) - bare, (await allocated(recording)) - bare, bare] }
}

answer({ round }, () => cluster.stop())
