/**
 * How fast memkafka is, on this machine and now.
 *
 *   npm run bench                             everything
 *   npm run bench -- start produce-tcp        what begins with one of these names; --list shows them
 *   npm run bench -- --against ../other       beside another checkout, in turn: every row has the ratio
 *   npm run bench -- --peer 127.0.0.1:19092   beside a broker of someone else's, over TCP
 *   npm run bench -- --json                   for programs
 *   npm run bench -- --rounds 15              other than the default of each row
 *   npm run bench -- --from src               the sources, or `dist`; left out: dist/ unless the sources are newer
 *
 * Figures are medians. They depend on the machine and on what else it does: two builds are to be compared in one run.
 */
import { parseArgs } from 'node:util'
import { type Bench, benches } from './benches.ts'
import { type Build, buildOf, type Peer } from './build.ts'
import { measure, type Result } from './measure.ts'
import { printHead, printRow, summary } from './table.ts'

const house = new URL('..', import.meta.url).pathname
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: 'string' },
    from: { type: 'string' },
    peer: { type: 'string' },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
})

function chosen(): readonly Bench[] {
  const unknown = positionals.find((name) => !benches.some((bench) => bench.name.startsWith(name)))
  if (unknown !== undefined) throw new Error(`nothing to measure begins with ${unknown}; --list shows what there is`)
  if (positionals.length === 0) return benches
  return benches.filter(({ name }) => positionals.some((start) => name.startsWith(start)))
}

function origin(): Build['from'] | undefined {
  const { from } = values
  if (from !== undefined && from !== 'dist' && from !== 'src') throw new Error('--from is dist or src')
  return from
}

if (values.list) for (const { name } of benches) console.log(name)
else {
  const wanted = chosen()
  const builds = [buildOf(house, origin())]
  let peer: Peer | undefined
  if (values.against !== undefined) builds.push(buildOf(values.against, origin()))
  else if (values.peer !== undefined) peer = { address: values.peer }
  if (!values.json) printHead(builds, peer)
  const results: Result[] = []
  for (const bench of wanted) {
    const rows = await measure(bench, builds, peer, values.rounds === undefined ? bench.rounds : Number(values.rounds))
    results.push(...rows)
    if (!values.json) for (const row of rows) printRow(row)
  }
  if (values.json) console.log(JSON.stringify(summary(builds, results), undefined, 2))
}
