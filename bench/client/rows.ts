import type { ClientName } from './clients.ts'
import type { Task } from './task.ts'

/** One line of the table. */
export interface Row {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly task: Task['task']
  readonly recordBytes: number
  /** How many there are in each round. What is consumed before the first one is handed on is not measured: so there are more of them. */
  readonly records: number
  /** Makes the row's unit of records a second. */
  readonly shown: (recordsPerSecond: number) => number
  readonly clients: readonly ClientName[]
}

const KIB = 1024
const ALL: readonly ClientName[] = ['memkafka', 'kafkajs', 'platformatic', 'rdkafka', 'confluent']
/** Who takes messages one by one, and puts them together. */
const ONE_BY_ONE: readonly ClientName[] = ['memkafka', 'rdkafka', 'confluent']

export const rows: readonly Row[] = [KIB, 100].flatMap((recordBytes) => {
  const small = recordBytes !== KIB
  const size = small ? `${recordBytes} B` : '1 KiB'
  const shown = (perSecond: number): number => (small ? perSecond / 1e3 : (perSecond * recordBytes) / 1e6)
  const row = (task: Row['task'], words: string, clients: readonly ClientName[]): Row => ({
    name: `${task}-${size.replace(' ', '')}`,
    title: `${size} records, ${words}`,
    unit: small ? 'k/s' : 'MB/s',
    task,
    recordBytes,
    records: (small ? 400_000 : 125_000) * (task === 'consume' ? 3 : 1),
    shown,
    clients,
  })
  return [
    row('produce', 'produced by 500, 5 in flight', ALL),
    row('send', 'produced one by one', ONE_BY_ONE),
    row('consume', 'consumed', ALL),
  ]
})
