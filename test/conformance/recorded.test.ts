import { describe, expect, test } from 'vitest'
import { allCases } from '../../conformance/broker/all-cases.ts'
import { type ApiCases, type Case, versionsOf } from '../../conformance/broker/case.ts'
import { allowedDifference } from '../../conformance/broker/differential.ts'
import { ownSide } from '../../conformance/broker/own-side.ts'
import { readRecorded, recordedReleases } from '../../conformance/broker/recorded.ts'
import { releaseName } from '../../conformance/broker/releases.ts'
import { runCase, servedBy } from '../../conformance/broker/run-case.ts'
import { type CaseTranscripts, compareTranscripts, transcriptOf } from '../../conformance/broker/transcript.ts'

describe.each(recordedReleases())('memkafka answers as Kafka %s did', (release) => {
  describe.each(allCases.map((of) => [of.name, of] as const))('%s', (name, { cases }) => {
    const recorded = readRecorded(release, name)

    test.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
      expect(await differencesFrom(recorded[one.name] ?? {}, one, release)).toEqual([])
    })

    test('nothing is kept of a case that is gone', () => {
      const names = cases.map((one) => one.name)
      expect(Object.keys(recorded).filter((kept) => !names.includes(kept))).toEqual([])
    })
  })
})

test('every API has cases once', () => {
  const names = allCases.map(({ name }: ApiCases) => name)
  expect(names).toEqual([...new Set(names)])
})

/** Where memkafka differs in any version, a line each. */
async function differencesFrom(recorded: CaseTranscripts, one: Case, release: string): Promise<string[]> {
  const side = await ownSide(releaseName(release), one.shape)
  try {
    const served = await servedBy(side)
    const found: string[] = []
    for (const version of versionsOf(one, served)) {
      const kafka = transcriptOf(recorded, version)
      if (allowedDifference(one, version, release) !== undefined) continue
      if (kafka === undefined) {
        found.push(`v${version}: no answers were recorded: npm run conformance:record -- --only ${one.of}`)
        continue
      }
      const { transcript, failure } = await runCase(side, one, version, version + 1, served)
      for (const line of compareTranscripts(kafka, transcript)) found.push(`v${version}: ${line}`)
      if (failure !== undefined) found.push(`v${version}: the script failed: ${failure}`)
    }
    return found
  } finally {
    await side.stop()
  }
}
