import { arch, cpus, loadavg, platform, totalmem } from 'node:os'
import { median, medianRatio } from '../measure.ts'
import type { ClientKind } from './clients.ts'
import type { Kept, Result } from './measure.ts'

const TITLE = 42
const NUMBER = 9
const CELL = 14
const RATIO = 7
/** Of the titles and the clients where a proxy stands before the broker. */
const KEPT_TITLE = 44
const NAME = 14

/** The machine, and what the clients talk to. */
function printPlace(broker: string): void {
  const gib = Math.round(totalmem() / 2 ** 30)
  const [one, five] = loadavg()
  console.log(
    `Node.js ${process.version}, ${platform()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model}, ${gib} GiB, ` +
      `load ${one?.toFixed(1)} (1 min) ${five?.toFixed(1)} (5 min)`,
  )
  console.log(`broker: ${broker}; one topic of 6 partitions, acks=all`)
}

/** The machine, what runs, and how the table is to be read. */
export function printHead(kinds: readonly ClientKind[], broker: string): void {
  printPlace(broker)
  if (kinds.length === 0) return
  console.log('x: how many times as fast memkafka is, round by round, the median: above 1 it is ahead\n')
  const [ours, ...others] = kinds.map(({ title }) => title)
  const heads = others.map((title) => `${title?.padStart(CELL)}${'x'.padStart(RATIO)}`)
  console.log(`${''.padEnd(TITLE)}${ours?.padStart(NUMBER)}     ${heads.join('')}`)
}

export function printRow({ row, values }: Result, kinds: readonly ClientKind[]): void {
  const [ours, ...others] = kinds.map(({ name }) => values.get(name))
  const cells = others.map((theirs) =>
    theirs === undefined
      ? ''.padStart(CELL + RATIO)
      : `${short(median(theirs)).padStart(CELL)}${ratio(ours, theirs).padStart(RATIO)}`,
  )
  const own = ours === undefined ? '' : short(median(ours))
  console.log(`${row.title.padEnd(TITLE)}${own.padStart(NUMBER)} ${row.unit.padEnd(4)}${cells.join('')}`)
}

export function printMemory(records: number, mebibytes: readonly number[]): void {
  const half = mebibytes.length / 2
  const line = (values: readonly number[]): string => `${values.map((value) => value.toFixed(0)).join(' ')} MiB`
  console.log(`\n${records} records of 100 B produced and consumed, after each tenth:`)
  console.log(`  in memory             ${line(mebibytes.slice(0, half))}`)
  console.log(`  of it alive, after GC ${line(mebibytes.slice(half))}`)
}

export function printKeptHead(broker: string): void {
  printPlace(broker)
  console.log('kept: the share of it that is left through a proxy, round by round, the median; least to most\n')
  const heads = `${'client'.padEnd(NAME)}${'directly'.padStart(NUMBER)}     ${'proxied'.padStart(CELL)}`
  console.log(`${''.padEnd(KEPT_TITLE)}${heads}${'kept'.padStart(RATIO)}`)
}

export function printKept({ row, client, direct, proxied }: Kept): void {
  const shares = proxied.map((value, round) => value / (direct[round] as number)).sort((one, other) => one - other)
  const range = `${short(shares[0] as number)} to ${short(shares.at(-1) as number)}`
  const values = `${short(median(direct)).padStart(NUMBER)} ${row.unit.padEnd(4)}${short(median(proxied)).padStart(CELL)}`
  console.log(
    `${row.title.padEnd(KEPT_TITLE)}${client.padEnd(NAME)}${values}${short(medianRatio(proxied, direct)).padStart(RATIO)}   ${range}`,
  )
}

/** The same for programs. */
export function keptSummary(all: readonly Kept[]): object {
  return {
    ...place(),
    rows: all.map(({ row: { name, title, unit }, client, direct, proxied }) => {
      return { row: name, title, unit, client, direct, proxied, kept: medianRatio(proxied, direct) }
    }),
  }
}

function place(): object {
  return {
    node: process.version,
    platform: platform(),
    arch: arch(),
    processors: cpus().map(({ model }) => model),
    load: loadavg(),
  }
}

/** The same for programs. */
export function summary(results: readonly Result[]): object {
  return {
    ...place(),
    rows: results.map(({ row, values }) => ({
      row: row.name,
      title: row.title,
      unit: row.unit,
      clients: Object.fromEntries(
        [...values].map(([name, theirs]) => [
          name,
          { median: median(theirs), values: theirs, ahead: ratioOf(values.get('memkafka'), theirs) },
        ]),
      ),
    })),
  }
}

function ratioOf(ours: readonly number[] | undefined, theirs: readonly number[]): number | undefined {
  return ours === undefined ? undefined : medianRatio(ours, theirs)
}

function ratio(ours: readonly number[] | undefined, theirs: readonly number[]): string {
  return ratioOf(ours, theirs)?.toFixed(2) ?? ''
}

function short(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
}
