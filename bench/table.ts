import { arch, cpus, platform, totalmem } from 'node:os'
import type { Build, Peer } from './build.ts'
import { median, medianRatio, type Result } from './measure.ts'

const TITLE = 52
const NUMBER = 10

/** What was measured, where, and on what. */
export function printHead(builds: readonly Build[], peer: Peer | undefined): void {
  const [processor] = cpus()
  const gib = Math.round(totalmem() / 2 ** 30)
  console.log(`Node.js ${process.version}, ${platform()} ${arch()}, ${cpus().length} x ${processor?.model}, ${gib} GiB`)
  builds.forEach((build, i) => {
    console.log(`${i === 0 ? 'measured' : 'against '}  ${build.folder} (${build.from})`)
  })
  if (peer !== undefined) console.log(`against   the broker at ${peer.address}`)
  const compared =
    builds.length > 1 || peer !== undefined ? `${'against'.padStart(NUMBER)}${'ratio'.padStart(NUMBER)}` : ''
  const head = `\n${''.padEnd(TITLE)}${'median'.padStart(NUMBER)}${compared}        ${'least to most'.padEnd(24)}to reach`
  console.log(head.trimEnd())
}

export function printRow({ figure, values, against }: Result): void {
  const { title, unit, target } = figure
  const cells = [
    title.padEnd(TITLE),
    short(median(values)).padStart(NUMBER),
    ...(against === undefined
      ? []
      : [short(median(against)).padStart(NUMBER), ratio(values, against).padStart(NUMBER)]),
    ` ${unit.padEnd(7)}`,
    `${short(Math.min(...values))} to ${short(Math.max(...values))}`.padEnd(24),
    target ?? '',
  ]
  console.log(cells.join('').trimEnd())
}

/** The same for programs. */
export function summary(builds: readonly Build[], results: readonly Result[]): object {
  return {
    node: process.version,
    platform: platform(),
    arch: arch(),
    processors: cpus().map(({ model }) => model),
    builds: builds.map(({ folder, from }) => ({ folder, from })),
    rows: results.map(({ bench, figure, values, against }) => ({
      bench,
      title: figure.title.trim(),
      unit: figure.unit,
      median: median(values),
      values,
      ...(against === undefined
        ? {}
        : { against: { median: median(against), values: against, ratio: medianRatio(values, against) } }),
      ...(figure.target === undefined ? {} : { target: Number(figure.target) }),
    })),
  }
}

function ratio(values: readonly number[], against: readonly number[]): string {
  const value = medianRatio(values, against)
  return Number.isFinite(value) ? value.toFixed(3) : ''
}

function short(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}
