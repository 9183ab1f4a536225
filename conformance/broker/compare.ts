/**
 * Compares memkafka with a Kafka that runs already: for whoever writes cases.
 *
 *   node conformance/broker/compare.ts 127.0.0.1:9092[,…] 4.4.0 [--only Produce] [--case 'a batch'] [--show]
 *
 * The release is that of the brokers, whose node ids are to begin at 1. Cases of groups need them started with the configs of
 * `BROKER_CONFIGS` (side.ts). `--show` prints what Kafka answered.
 */
import { giveUp, readCommandLine, wrongUsage } from '../command-line.ts'
import { allCases } from './cases/index.ts'
import { compare } from './differential.ts'
import { releaseName } from './releases.ts'
import { commonTo, servedBy } from './run-case.ts'
import { ownSide, realSide } from './side.ts'

const { values, positionals } = readCommandLine({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    case: { type: 'string', default: '' },
    show: { type: 'boolean', default: false },
  },
})
const [addresses, release] = positionals
if (addresses === undefined || release === undefined) {
  wrongUsage('usage: node conformance/broker/compare.ts <host:port,…> <release> [--only API] [--case NAME] [--show]')
}

const wanted = allCases
  .filter(({ api }) => values.only === undefined || values.only.split(',').includes(api.name))
  .map((of) => ({ ...of, cases: of.cases.filter(({ name }) => name.includes(values.case)) }))
if (wanted.every(({ cases }) => cases.length === 0)) wrongUsage('there is no such case')

const brokers = addresses.split(',')
const kafka = await realSide(`Kafka ${release}`, brokers).catch(giveUp)
const memkafka = await ownSide(releaseName(release), brokers.length).catch(giveUp)
let same = 0
let different = 0
try {
  const served = commonTo(await servedBy(kafka), await servedBy(memkafka))
  for await (const found of compare(wanted, { kafka, memkafka, release, served })) {
    const { api, case: name, version, transcript, differences, allowed } = found
    const isRight = allowed === undefined ? differences.length === 0 : differences.length > 0
    if (isRight) same++
    else different++
    if (!isRight || values.show) {
      console.log(`${isRight ? 'same' : 'DIFFERENT'}  ${api} v${version}: ${name}`)
      if (values.show) for (const exchange of transcript) console.log(`    ${JSON.stringify(exchange)}`)
      for (const line of differences) console.log(`  ${line}`)
    }
    if (allowed !== undefined && differences.length === 0) console.log('  no longer differs: take it from the list')
  }
} finally {
  await kafka.stop()
  await memkafka.stop()
}
console.log(`${same} as Kafka, ${different} not`)
process.exitCode = different > 0 ? 1 : 0
