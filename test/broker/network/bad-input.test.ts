import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { handlersByKey } from '../../../src/broker/apis/handlers.ts'
import { KafkaCluster } from '../../../src/index.ts'
import facts39 from '../facts/bad-requests-3.9.2.json' with { type: 'json' }
import facts44 from '../facts/bad-requests-4.4.0.json' with { type: 'json' }
import { type BadRequest, badRequests, type Outcome, outcomeOf } from './bad-requests.ts'

function isServed({ api }: BadRequest): boolean {
  return api === undefined || handlersByKey.has(api.key)
}

describe.each([
  ['4.4', facts44],
  ['3.9', facts39],
])('as Kafka %s does, the broker takes', (version, facts: Record<string, Outcome>) => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await KafkaCluster.start({ version, topics: { bad: {} } })
  })
  afterAll(() => cluster.stop())

  test.each(Object.entries(facts).filter(([name]) => isServed(badRequests[name] as BadRequest)))(
    '%s',
    async (name, outcome) => {
      const unexpected: unknown[] = []
      const reasons: (string | undefined)[] = []
      const stops = [
        cluster.events.on('unhandledException', ({ error }) => unexpected.push(error)),
        cluster.events.on('connection:close', ({ reason }) => reasons.push(reason)),
      ]
      expect(await outcomeOf(badRequests[name] as BadRequest, cluster.connect())).toEqual(outcome)
      for (const stop of stops) stop()
      expect(unexpected).toEqual([])
      // Whoever is closed is told of, once, with the reason.
      if (!outcome.open) expect(reasons).toEqual([expect.stringMatching(/./)])
    },
  )
})
