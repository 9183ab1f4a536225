import { arch, cpus, loadavg, platform, totalmem } from 'node:os'
import { median, medianRatio } from '../measure.ts'
import type { BrokerKind } from './brokers.ts'
import type { Result } from './measure.ts'
import type { Figure } from './rows.ts'

const TITLE = 53
const NUMBER = 10
const RATIO = 8

/** The machine, what runs, and how the table is to be read. */
export function printHead(kinds: readonly BrokerKind[]): void {
  const gib = Math.round(totalmem() / 2 ** 30)
  const [one, five] = loadavg()
  console.log(
    `Node.js ${process.version}, ${platform()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model}, ${gib} GiB, ` +
      `load ${one?.toFixed(1)} (1 min) ${five?.toFixed(1)} (5 min)`,
  )
  console.log('x: how many times as well memkafka does, round by round, the median: above 1 it is ahead\n')
  const [ours, ...others] = kinds.map(({ title }) => title)
  const heads = others.map((title) => `${title?.padStart(NUMBER + 2)}${'x'.padStart(RATIO)}`)
  console.log(`${''.padEnd(TITLE)}${ours?.padStart(NUMBER)}      ${heads.join('')}`)
}

export function printRow({ figure, values, notRun }: Result, kinds: readonly BrokerKind[]): void {
  const title = figure.title.padEnd(TITLE)
  if (notRun !== undefined) {
    console.log(`${title}  ${notRun}`)
    return
  }
  const [ours, ...others] = kinds.map(({ name }) => values.get(name))
  const cells = others.map((theirs) =>
    theirs === undefined
      ? 'not run'.padStart(NUMBER + 2 + RATIO)
      : `${short(shown(figure, theirs)).padStart(NUMBER + 2)}${ahead(figure, ours ?? [], theirs)
          .toFixed(2)
          .padStart(RATIO)}`,
  )
  console.log(`${title}${short(shown(figure, ours ?? [])).padStart(NUMBER)} ${figure.unit.padEnd(5)}${cells.join('')}`)
}

/** The same for programs. */
export function summary(results: readonly Result[]): object {
  return {
    node: process.version,
    platform: platform(),
    arch: arch(),
    processors: cpus().map(({ model }) => model),
    load: loadavg(),
    rows: results.map(({ row, figure, values, notRun }) => ({
      row,
      title: figure.title.trim(),
      unit: figure.unit,
      better: figure.better,
      ...(notRun === undefined ? {} : { notRun }),
      brokers: Object.fromEntries(
        [...values].map(([name, theirs]) => [
          name,
          {
            shown: shown(figure, theirs),
            values: theirs,
            ...(name === 'memkafka' ? {} : { ahead: ahead(figure, values.get('memkafka') ?? [], theirs) }),
          },
        ]),
      ),
    })),
  }
}

function shown({ shows }: Figure, values: readonly number[]): number {
  return shows === 'least' ? Math.min(...values) : median(values)
}

/** How many times as well the first do. */
function ahead(figure: Figure, ours: readonly number[], theirs: readonly number[]): number {
  const [more, less] = figure.better === 'more' ? [ours, theirs] : [theirs, ours]
  return figure.shows === 'least' ? shown(figure, more) / shown(figure, less) : medianRatio(more, less)
}

function short(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
}
