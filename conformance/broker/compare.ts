/**
 * Compares memkafka with a Kafka that runs already: for whoever writes cases.
 *
 *   node conformance/broker/compare.ts 127.0.0.1:9092[,…] 4.4.0 [--only Produce] [--case 'a batch'] [--show]
 *   node conformance/broker/compare.ts start:9092 4.4.0 [--case 'killed'] [--show]
 *
 * The release is that of the brokers, whose node ids are to begin at 1. Cases of groups need them started with the configs of
 * `BROKER_CONFIGS` (side.ts). `start:` and a port starts them here, for the scenarios, which stop them. `--show` prints what Kafka
 * answered.
 */

import { giveUp, readCommandLine, wrongUsage } from '../command-line.ts'
import { startKafka } from '../kafka/kafka.ts'
import { allCases } from './all-cases.ts'
import { compare, told } from './differential.ts'
import { kafkaOptions } from './kafka-options.ts'
import { ownSide } from './own-side.ts'
import { realSide } from './real-side.ts'
import { releaseName } from './releases.ts'
import { commonTo, servedBy } from './run-case.ts'
import { ONE_BROKER, RESTARTED_BROKERS, THREE_BROKERS } from './shapes.ts'
import { foldVersions } from './transcript.ts'

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
  .filter(({ name }) => values.only === undefined || values.only.split(',').includes(name))
  .map((of) => ({ ...of, cases: of.cases.filter(({ name }) => name.includes(values.case)) }))
if (wanted.every(({ cases }) => cases.length === 0)) wrongUsage('there is no such case')

const startAt = /^start:(\d+)$/.exec(addresses)?.[1]
const running =
  startAt === undefined
    ? undefined
    : await startKafka({ ...kafkaOptions(release, RESTARTED_BROKERS), port: Number(startAt) }).catch(giveUp)
const brokers = running?.bootstrapServers ?? addresses.split(',')
const shape = running !== undefined ? RESTARTED_BROKERS : brokers.length === 1 ? ONE_BROKER : THREE_BROKERS
const kafka = await realSide(`Kafka ${release}`, brokers, running).catch(giveUp)
const memkafka = await ownSide(releaseName(release), shape).catch(giveUp)
let same = 0
let different = 0
try {
  const served = commonTo(await servedBy(kafka), await servedBy(memkafka))
  for await (const found of compare(wanted, { kafka, memkafka, release, shape, served })) {
    const { transcript, differences, allowed } = found
    const isRight = allowed === undefined ? differences.length === 0 : differences.length > 0
    if (isRight) same++
    else different++
    if (!isRight || values.show) {
      console.log(`${isRight ? 'same' : 'DIFFERENT'}  ${told(found)}`)
      if (values.show) for (const exchange of foldVersions(transcript)) console.log(`    ${JSON.stringify(exchange)}`)
      for (const line of differences) console.log(`  ${line}`)
    }
    if (allowed !== undefined && differences.length === 0) console.log('  no longer differs: take it from the list')
  }
} finally {
  await kafka.stop()
  await memkafka.stop()
  await running?.stop()
}
console.log(`${same} as Kafka, ${different} not`)
process.exitCode = different > 0 ? 1 : 0
