import type { Client } from '../../../src/client/client.ts'
import { ErrorCode, errorName } from '../../../src/protocol/errors.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'

/** Writes values to a partition as one batch, by none of the client's producers. */
export async function produce(
  client: Client,
  topic: string,
  partition: number,
  values: readonly string[],
): Promise<void> {
  const leader = await client.leader(topic, partition)
  const records = buildBatch(values.map((value) => ({ key: null, value, timestamp: client.config.clock.now() })))
  const { responses } = await leader.send(
    Produce,
    {
      acks: -1,
      timeoutMs: 1_000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records: [records] }] }],
    },
    { maxVersion: 9 },
  )
  const errorCode = responses[0]?.partitionResponses[0]?.errorCode
  if (errorCode !== ErrorCode.NONE) throw new Error(`${topic}/${partition}: ${errorName(errorCode ?? -1)}`)
}
