import { MavenError } from '../maven.ts'
import { notRun, type Part, type PartOptions, type PartResult } from '../part.ts'
import { lacking } from '../tools.ts'
import { Findings, type Sampling } from './findings.ts'
import { releases } from './java.ts'
import { Kafka } from './kafka.ts'
import { checkMessages } from './messages.ts'
import { checkRecords } from './records.ts'
import { section } from './section.ts'

const TITLE = 'The codec'
const DEFAULT_SEED = 20260101

/** The codec's part of `npm run conformance`. */
export const codec: Part = {
  name: 'codec',
  about: "random messages and record sets, to and fro between us and Kafka's own classes",
  async run({ short, seed = DEFAULT_SEED }: PartOptions): Promise<PartResult> {
    const without = await lacking(['java', 'javac', 'mvn'])
    if (without !== undefined) return notRun(TITLE, without)
    const sampling: Sampling = { seed, each: short ? 24 : 1000 }
    const held = new Map<Kafka, Findings>()
    try {
      for (const release of releases) held.set(await Kafka.start(release), new Findings(release))
      await checkMessages(held, sampling)
      await checkRecords(held, sampling)
    } catch (error) {
      if (!(error instanceof MavenError)) throw error
      return notRun(TITLE, error.message)
    } finally {
      await Promise.all([...held.keys()].map((kafka) => kafka.stop()))
    }
    const all = [...held.values()]
    for (const findings of all) console.log(findings.summary())
    return {
      passed: all.reduce((sum, { passed }) => sum + passed, 0),
      failed: all.reduce((sum, { differences }) => sum + differences, 0),
      notRun: [],
      section: section(TITLE, all, sampling),
    }
  },
}
