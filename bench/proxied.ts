/** What it costs that a proxy stands before a broker, beside what a bare pipe of Node.js costs there. */
import { WireClient } from '../test/wire-client.ts'
import type { Figure, Session } from './benches.ts'
import type { Build, Peer } from './build.ts'
import { LoadClient } from './client.ts'
import { deleteTopic } from './requests.ts'
import { scenarioOf } from './scenarios.ts'
import { Worker } from './worker.ts'

const SMALL = 100
const KIB = 1024

/** What goes through: with 1 KiB records. */
const LOADS: readonly { readonly title: string; readonly scenario: string; readonly batchBytes: number }[] = [
  ['produce', 'produce'],
  ['fetch', 'fetch'],
  // Whose answers may tell at their end where nodes are (KIP-951).
  ['newest fetch', 'fetch-newest'],
].flatMap(([title, scenario]) => [
  { title: `${title}, 16 KiB batches`, scenario: scenario as string, batchBytes: 16_384 },
  { title: `${title}, 1 MB batches`, scenario: scenario as string, batchBytes: 1 << 20 },
])

export const proxyFigures: readonly Figure[] = [
  { title: 'a proxy adds to one acknowledged record, median', unit: 'us', target: '100' },
  { title: '  a bare pipe of Node.js', unit: 'us' },
  ...LOADS.flatMap(({ title }) => [
    { title: `a proxy keeps of ${title}`, unit: '', target: '0.7' },
    { title: '  a bare pipe of Node.js', unit: '' },
    { title: "  for a second of the proxy's processor time", unit: 'MB' },
    { title: '  of the bare pipe', unit: 'MB' },
  ]),
]

/** One of the ways to the broker. */
interface Way {
  readonly address: string
  /** Who stands in between; undefined: nobody. */
  readonly between?: Worker
}

/**
 * A broker, a pipe and a proxy in workers, their client here: the same directly and through each of them, in turn.
 * @param peer a broker of someone else's, to stand before that instead
 */
export async function throughAProxy(build: Build, peer?: Peer): Promise<Session> {
  const broker = peer === undefined ? await Worker.start('broker', [build.entry]) : undefined
  const direct = peer?.address ?? ((await broker?.ask<string>('address')) as string)
  const between = [await Worker.start('proxy', [build.entry, direct]), await Worker.start('pipe', [direct])]
  const ways: Way[] = [{ address: direct }]
  for (const worker of between) ways.push({ address: await worker.ask<string>('address'), between: worker })
  const roundOf = async (scenario: string, recordBytes: number, batchBytes: number): Promise<Measured[]> => {
    const measured: Measured[] = []
    for (const way of ways) measured.push(await over(way, scenario, recordBytes, batchBytes))
    return measured
  }
  return {
    round: async () => {
      const [alone, ...added] = (await roundOf('latency', SMALL, 0)).map(({ value }) => value) as [number, ...number[]]
      const values = added.map((value) => value - alone)
      for (const { scenario, batchBytes } of LOADS) {
        const [whole, ...kept] = (await roundOf(scenario, KIB, batchBytes)) as [Measured, ...Measured[]]
        values.push(...kept.map(({ value }) => value / whole.value), ...kept.map(({ perSecond }) => perSecond))
      }
      return values
    },
    close: async () => {
      for (const worker of between) await worker.stop()
      await broker?.stop()
    },
  }
}

interface Measured {
  readonly value: number
  /** The same for a second of the processor time of who stands in between. */
  readonly perSecond: number
}

/** One round, by connections and a topic of its own, which is gone afterwards. */
async function over(
  { address, between }: Way,
  scenario: string,
  recordBytes: number,
  batchBytes: number,
): Promise<Measured> {
  const [admin, load] = [await WireClient.to(address), await LoadClient.to(address)]
  try {
    const round = await scenarioOf(scenario, recordBytes, batchBytes)(admin, load)
    const before = (await between?.ask<number>('cpu')) ?? 0
    const { values, records } = await round()
    const took = ((await between?.ask<number>('cpu')) ?? 0) - before
    return { value: values[0] as number, perSecond: (records * recordBytes) / took }
  } finally {
    // What was fetched from is there still, and would be in the way of who comes next.
    if (scenario !== 'produce') await deleteTopic(admin)
    admin.close()
    load.close()
  }
}
