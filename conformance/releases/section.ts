import { type Advertised, type ApiTable, releaseOfPatch } from './advertised.ts'
import { cut } from './compared.ts'

export const TITLE = 'Releases'

/** The part's section: what of each release memkafka shows, and what it leaves out. */
export function section(
  { patches, names, tables }: Advertised,
  served: ApiTable,
  differences: ReadonlyMap<string, readonly string[]>,
  running: ReadonlyMap<string, readonly string[]>,
): string {
  const rows = patches.map((patch) => {
    const theirs = tables.get(patch) ?? new Map()
    const found = differences.get(patch)?.length ?? 0
    return `| ${releaseOfPatch(patch)} | ${counted(theirs)} | ${counted(cut(theirs, served))} | ${found} |`
  })
  return `## ${TITLE}

A cluster that passes for a release of Kafka shows in ApiVersions what the release's brokers show, as far as memkafka serves it:
so say each release's own jars (${patches[0]} to ${patches.at(-1)}). In 0.8 and 0.9 there is no ApiVersions, and the connection closes.
Before 2.4 who asks for an unknown version of it is not told which there are. In 4.x Produce 0 to 2 are shown and refused.
${runningBrokers(running)}

| Release | Kafka shows | memkafka shows | Differences |
| --- | --- | --- | --- |
${rows.join('\n')}

What is left out is what memkafka does not serve:

| API | Versions | Shown by Kafka |
| --- | --- | --- |
${missing({ patches, names, tables }, served)
  .map(({ name, versions, releases }) => `| ${name} | ${versions} | ${releases} |`)
  .join('\n')}
`
}

/** What Kafka's releases show and memkafka does not serve, API by API: which versions, in which releases. */
export function missing(
  { patches, names, tables }: Advertised,
  served: ApiTable,
): { name: string; versions: string; releases: string }[] {
  return [...names].flatMap(([key, name]) => {
    const left = patches.flatMap((patch): { patch: string; versions: number[] }[] => {
      const table = tables.get(patch) ?? new Map()
      const shown = versionsOf(table, key)
      const kept = versionsOf(cut(table, served), key)
      const versions = shown.filter((version) => !kept.includes(version))
      return versions.length === 0 ? [] : [{ patch, versions }]
    })
    const [first, last] = [left[0], left.at(-1)]
    if (first === undefined || last === undefined) return []
    const all = left.flatMap(({ versions }) => versions)
    const releases = [first, last].map(({ patch }) => releaseOfPatch(patch))
    return [{ name, versions: fromTo(Math.min(...all), Math.max(...all)), releases: fromTo(...releases) }]
  })
}

/** @param running the releases of running brokers that were asked, and those of their features that memkafka lacks */
function runningBrokers(running: ReadonlyMap<string, readonly string[]>): string {
  if (running.size === 0) return 'No running brokers were asked.'
  const lacking = [...running].flatMap(([version, names]) =>
    names.length === 0 ? [] : [`of those of ${version} it lacks ${names.join(', ')}`],
  )
  const features = lacking.length === 0 ? 'has them' : `has those that work here: ${lacking.join('; ')}`
  return `Running brokers of ${[...running.keys()].join(' and ')} were asked the same, and about their features. memkafka ${features}.`
}

function fromTo(...ends: readonly (number | string)[]): string {
  return [...new Set(ends)].join(' to ')
}

function counted(table: ApiTable): string {
  const versions = [...table.keys()].reduce((sum, key) => sum + versionsOf(table, key).length, 0)
  return `${table.size} APIs in ${versions} versions`
}

function versionsOf(table: ApiTable, key: number): number[] {
  const [min, max] = table.get(key) ?? [0, -1]
  return Array.from({ length: max - min + 1 }, (_, i) => min + i)
}
