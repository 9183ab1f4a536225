import { WireClient } from '../test/wire-client.ts'
import type { Build, Peer } from './build.ts'
import { LoadClient } from './client.ts'
import { COUNT_COPIES } from './count-copies.ts'
import { launchToFirstRecord, nodeAlone } from './first-record.ts'
import { proxyFigures, throughAProxy } from './proxied.ts'
import { deleteTopic } from './requests.ts'
import { type Outcome, scenarioOf } from './scenarios.ts'
import { timedTests } from './timed-tests.ts'
import { Worker } from './worker.ts'

/** One figure: a row of the table. */
export interface Figure {
  readonly title: string
  readonly unit: string
  /** What the project wants of it, as its issues say. */
  readonly target?: string
}

/** A measurement of one build that is set up. */
export interface Session {
  /** One value for each figure. */
  round(): Promise<readonly number[]>
  close(): Promise<void>
}

/** Something to measure. */
export interface Bench {
  readonly name: string
  readonly figures: readonly Figure[]
  /** How often, unless told otherwise; odd, so that the median is one of them. */
  readonly rounds: number
  /** Rounds before these that do not count. */
  readonly warmUps: number
  open(build: Build): Promise<Session>
  /** The same with a broker of someone else's; left out where that cannot be. */
  readonly openPeer?: (peer: Peer, build: Build) => Promise<Session>
}

const SMALL = 100
const KIB = 1024
const SMALL_BATCH = 16_384
const LARGE_BATCH = 1 << 20

/** With these nothing is collected for as long as an allocation is measured. */
export const ALLOCATION_FLAGS: string[] = ['--max-semi-space-size=256', '--min-semi-space-size=256']

export const benches: readonly Bench[] = [
  {
    name: 'start',
    figures: [{ title: 'KafkaCluster.start() to first ack, warm', unit: 'ms', target: '2' }],
    rounds: 51,
    warmUps: 5,
    open: (build) => inWorker('first-record', [build.entry]),
  },
  {
    name: 'fixture',
    figures: [
      { title: 'a test on vitest, a record there and back, after the first', unit: 'ms', target: '10' },
      { title: '  the same test when it is the first', unit: 'ms' },
      { title: '  a group of two and three rebalances, virtual time', unit: 'ms', target: '50' },
    ],
    rounds: 5,
    warmUps: 0,
    open: async (build) => ({ round: () => timedTests(build), close: async () => {} }),
  },
  {
    name: 'launch',
    figures: [
      { title: 'process launch to first ack', unit: 'ms', target: '150' },
      { title: "  of which Node's own start and end", unit: 'ms' },
    ],
    rounds: 15,
    warmUps: 1,
    open: async (build) => ({
      round: async () => [await launchToFirstRecord(build), await nodeAlone()],
      close: async () => {},
    }),
  },
  ...throughput('produce', '400'),
  ...throughput('fetch', '700'),
  {
    name: 'latency-tcp',
    figures: [
      { title: 'one record, acks=all, TCP: median', unit: 'us', target: '100' },
      { title: '  99th percentile', unit: 'us' },
    ],
    rounds: 9,
    warmUps: 2,
    open: (build) => overTcp(build, 'latency', SMALL, 0),
    openPeer: (peer) => withPeer(peer, 'latency', SMALL, 0),
  },
  {
    name: 'latency-memory',
    figures: [
      { title: 'one record, acks=all, in memory: median', unit: 'us' },
      { title: '  99th percentile', unit: 'us' },
    ],
    rounds: 9,
    warmUps: 2,
    open: (build) => inWorker('in-memory', [build.entry, 'latency', SMALL, 0]),
  },
  {
    name: 'proxy',
    figures: proxyFigures,
    rounds: 5,
    warmUps: 1,
    open: (build) => throughAProxy(build),
    openPeer: (peer, build) => throughAProxy(build, peer),
  },
  {
    name: 'replication',
    figures: [
      { title: 'three brokers, acks=all, 16 KiB batches: share of one', unit: '', target: '0.7' },
      { title: '  1 MB batches', unit: '', target: '0.7' },
      { title: '  start of three brokers and a topic, warm', unit: 'ms', target: '10' },
    ],
    rounds: 9,
    warmUps: 1,
    open: (build) => inWorker('replication', [build.entry]),
  },
  {
    name: 'exploring',
    figures: [
      { title: 'runs explored in a second of processor time', unit: '/s', target: '200' },
      { title: '  in a second by the clock', unit: '/s' },
    ],
    rounds: 7,
    warmUps: 8,
    open: (build) => inWorker('exploring', [build.entry]),
  },
  {
    name: 'idle',
    figures: [
      { title: 'an idle cluster, heap and external', unit: 'KiB', target: '300' },
      { title: '  with __consumer_offsets', unit: 'KiB', target: '300' },
    ],
    rounds: 5,
    warmUps: 1,
    open: (build) => inWorker('clusters', [build.entry], 'idle', ['--expose-gc']),
  },
  {
    name: 'clusters',
    figures: [
      { title: '1,000 clusters, a record each: time of one', unit: 'ms' },
      { title: '  growth of heap and external, of all', unit: 'KiB', target: '0' },
      { title: '  handles left, of all', unit: '', target: '0' },
    ],
    rounds: 3,
    warmUps: 1,
    open: (build) => inWorker('clusters', [build.entry], 'many', ['--expose-gc']),
  },
  copies('produce', 'TCP'),
  copies('produce', 'memory'),
  copies('fetch', 'TCP'),
  copies('fetch', 'memory'),
  {
    name: 'allocations',
    figures: [
      { title: 'heap bytes a Produce allocates a record', unit: 'B', target: '0' },
      { title: 'heap bytes a Fetch allocates a record', unit: 'B', target: '0' },
      { title: 'heap bytes of a long poll, an append elsewhere', unit: 'B', target: '0' },
      { title: '  an append to what it waits for, and too small', unit: 'B' },
      { title: 'heap bytes of a Produce request and its client', unit: 'B' },
      { title: 'heap bytes of a Fetch request and its client', unit: 'B' },
    ],
    rounds: 5,
    warmUps: 0,
    open: (build) => inWorker('allocations', [build.entry], 'round', ALLOCATION_FLAGS),
  },
]

function throughput(scenario: 'produce' | 'fetch', target: string): Bench[] {
  const verb = scenario === 'produce' ? 'produced' : 'fetched'
  return ['TCP', 'memory'].flatMap((by) =>
    [SMALL, KIB].flatMap((recordBytes) =>
      [SMALL_BATCH, LARGE_BATCH].map((batchBytes): Bench => {
        const batch = batchBytes === SMALL_BATCH ? '16 KiB' : '1 MB'
        const size = recordBytes === SMALL ? '100 B' : '1 KiB'
        return {
          name: `${scenario}-${by.toLowerCase()}-${size}-${batch}`.replaceAll(' ', ''),
          figures: [
            {
              title: `${verb}, ${by === 'TCP' ? 'TCP' : 'in memory'}, ${size} records, ${batch} batches`,
              unit: 'MB/s',
              ...(by === 'TCP' && recordBytes === KIB ? { target } : {}),
            },
            ...(by === 'TCP' ? [{ title: "  for a second of the broker's processor time", unit: 'MB' }] : []),
          ],
          rounds: 7,
          warmUps: 2,
          open: async (build) =>
            by === 'TCP'
              ? perProcessorSecond(await overTcp(build, scenario, recordBytes, batchBytes))
              : inWorker('in-memory', [build.entry, scenario, recordBytes, batchBytes]),
          ...(by === 'TCP' ? { openPeer: (peer: Peer) => withPeer(peer, scenario, recordBytes, batchBytes) } : {}),
        }
      }),
    ),
  )
}

/** Bytes that a process copies for a record of 1 KiB in batches of 16 KiB. */
function copies(scenario: 'produce' | 'fetch', by: 'TCP' | 'memory'): Bench {
  return {
    name: `copies-${scenario}-${by.toLowerCase()}`,
    figures: [{ title: `bytes copied a 1 KiB record, ${scenario}, ${by === 'TCP' ? 'TCP' : 'in memory'}`, unit: 'B' }],
    rounds: 1,
    warmUps: 1,
    open: async (build) => {
      process.env[COUNT_COPIES] = '1'
      try {
        return counting(await opened(build, ['--import', new URL('count-copies.ts', import.meta.url).href]))
      } finally {
        delete process.env[COUNT_COPIES]
      }
    },
  }

  function opened(build: Build, nodeOptions: string[]): Promise<LoadSession> {
    if (by === 'TCP') return overTcp(build, scenario, KIB, SMALL_BATCH, nodeOptions)
    return inWorker('in-memory', [build.entry, scenario, KIB, SMALL_BATCH], 'round', nodeOptions)
  }
}

/** What is copied in each round of a session, a record. */
function counting(session: LoadSession): Session {
  return {
    round: async () => {
      const before = await session.copied()
      const { records } = await session.outcome()
      return [((await session.copied()) - before) / records]
    },
    close: () => session.close(),
  }
}

/** MB a second, and beside it MB for each second of processor time: other programs change the first, and hardly the second. */
function perProcessorSecond(session: LoadSession): Session {
  return {
    round: async () => {
      const before = await session.cpu()
      const begun = performance.now()
      const [value] = (await session.round()) as [number]
      const wall = (performance.now() - begun) * 1000
      return [value, (value * wall) / ((await session.cpu()) - before)]
    },
    close: () => session.close(),
  }
}

/** A worker does it all; each round is one thing asked of it. */
async function inWorker(
  script: string,
  args: readonly (string | number)[],
  task = 'round',
  nodeOptions: string[] = [],
): Promise<LoadSession> {
  const worker = await Worker.start(script, args, nodeOptions)
  const outcome = () => worker.ask<Outcome>(task)
  return {
    copied: () => worker.ask<number>('copied'),
    cpu: () => worker.ask<number>('cpu'),
    outcome,
    round: async () => (await outcome()).values,
    close: () => worker.stop(),
  }
}

/** A session with a load on a broker. */
interface LoadSession extends Session {
  /** A round, with all that is known of it. */
  outcome(): Promise<Outcome>
  /** Microseconds of processor time that the broker's process has taken so far, all its threads together. */
  cpu(): Promise<number>
  /** Bytes that the broker's process has copied so far. */
  copied(): Promise<number>
}

/** A broker that is there already, its client here. Of its processor time nothing is known. */
async function withPeer(
  { address }: Peer,
  scenario: string,
  recordBytes: number,
  batchBytes: number,
): Promise<Session> {
  const [admin, load] = [await WireClient.to(address), await LoadClient.to(address)]
  const outcome = await scenarioOf(scenario, recordBytes, batchBytes)(admin, load)
  return {
    round: async () => (await outcome()).values,
    close: async () => {
      // What was fetched from is there still, and would be in the way of who comes next.
      if (scenario !== 'produce') await deleteTopic(admin)
      admin.close()
      load.close()
    },
  }
}

/** The broker in a worker, its client here. */
async function overTcp(
  build: Build,
  scenario: string,
  recordBytes: number,
  batchBytes: number,
  nodeOptions: string[] = [],
): Promise<LoadSession> {
  const broker = await Worker.start('broker', [build.entry], nodeOptions)
  const address = await broker.ask<string>('address')
  const [admin, load] = [await WireClient.to(address), await LoadClient.to(address)]
  const outcome = await scenarioOf(scenario, recordBytes, batchBytes)(admin, load)
  return {
    copied: () => broker.ask<number>('copied'),
    outcome,
    round: async () => (await outcome()).values,
    cpu: () => broker.ask<number>('cpu'),
    close: async () => {
      admin.close()
      load.close()
      await broker.stop()
    },
  }
}
