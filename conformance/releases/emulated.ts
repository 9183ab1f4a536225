import { KafkaCluster } from '../../src/index.ts'
import { type ApiTable, releaseOfPatch } from './advertised.ts'
import { type Answers, answersOf, tableOf } from './answers.ts'

/** What memkafka does that passes for this release; without one, that serves all that it can. */
export async function answersOfMemkafka(patch?: string): Promise<Answers> {
  const cluster = await KafkaCluster.start(patch === undefined ? {} : { version: releaseOfPatch(patch) })
  try {
    return await answersOf(cluster.bootstrapServers[0] as string)
  } finally {
    await cluster.stop()
  }
}

/** All that memkafka serves: what it shows when it passes for no release in particular. */
export async function servedByMemkafka(): Promise<ApiTable> {
  const answer = (await answersOfMemkafka()).apiVersions.get(0)
  if (answer === undefined) throw new Error('memkafka does not answer ApiVersions')
  return tableOf(answer)
}
