import { KafkaResponse, kafka } from 'memkafka/testing'
import { expect } from 'memkafka/vitest'
import { Relabel } from './services/relabel.ts'
import { quick, test } from './test.ts'

test('a record is labelled once, though the first attempt came to nothing', async ({ cluster, client, start }) => {
  const refusal = () => KafkaResponse.error('GROUP_AUTHORIZATION_FAILED')
  cluster.use(kafka.txnOffsetCommit({ group: 'relabel' }, refusal, { once: true }))
  await start(new Relabel(client, quick))
  await cluster.topic('raw').append([{ value: 'a' }, { value: 'b' }])
  await cluster.group('relabel').waitUntilCaughtUp()
  const labelled = [{ value: 'labelled a' }, { value: 'labelled b' }]
  await expect(cluster.topic('labelled')).toHaveRecords(labelled, { isolation: 'read_committed' })
  // What the aborted attempt wrote is in the log nonetheless.
  await expect(cluster.topic('labelled')).toHaveRecords(3)
})
