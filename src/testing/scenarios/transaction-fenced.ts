import type { Duplex } from 'node:stream'
import type { KafkaCluster } from '../../broker/cluster.ts'
import { ErrorCode, errorName, KafkaError } from '../../protocol/errors.ts'
import { decodeResponse, encodeRequest } from '../../protocol/frame.ts'
import { InitProducerId, type InitProducerIdResponse } from '../../protocol/messages/init-producer-id.ts'
import { checkOptions, transactionOf } from './scenario.ts'

/** Flexible, and known to every broker since 2.4. */
const VERSION = 2
const SETTLED: readonly (string | undefined)[] = ['Empty', 'CompleteCommit', 'CompleteAbort']
const TRANSACTION_TIMEOUT_MS = 60_000
const LENGTH_SIZE = 4

/**
 * Fences the producer that has a transactional id, as another instance does that asks for it: what it has under way is aborted, and all that it does
 * from now on is refused. Done when that is so.
 *
 * @returns the epoch that the producer would need
 * @throws RangeError for a transactional id that nobody has used; KafkaError for what the coordinator says
 */
export async function transactionFenced(
  cluster: KafkaCluster,
  options: { readonly transactionalId: string },
): Promise<{ readonly producerId: number; readonly producerEpoch: number }> {
  checkOptions('transactionFenced', options, ['transactionalId'], ['transactionalId'])
  const { transactionalId } = options
  const transaction = transactionOf('transactionFenced', cluster, transactionalId)
  for (;;) {
    const connection = cluster.broker(transaction.coordinator).connect()
    const { errorCode, producerId, producerEpoch } = await takenOver(connection, transactionalId)
    if (errorCode === ErrorCode.NONE) return { producerId, producerEpoch }
    if (errorCode !== ErrorCode.CONCURRENT_TRANSACTIONS) throw new KafkaError(errorName(errorCode))
    // What was under way is aborted first; whoever asks then gets the id.
    await cluster.waitUntil(() => SETTLED.includes(transaction.state), {
      what: `the transaction of ${transactionalId} to be aborted (${transaction.state})`,
    })
  }
}

/** What a new instance is answered. */
function takenOver(connection: Duplex, transactionalId: string): Promise<InitProducerIdResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<InitProducerIdResponse>()
  let bytes: Buffer = Buffer.alloc(0)
  connection.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    if (bytes.length < LENGTH_SIZE || bytes.length < LENGTH_SIZE + bytes.readInt32BE(0)) return
    connection.destroy()
    try {
      resolve(decodeResponse(InitProducerId, VERSION, bytes.subarray(LENGTH_SIZE)).body)
    } catch (error) {
      reject(error)
    }
  })
  connection.once('error', reject)
  connection.once('close', () => reject(new Error(`transactionFenced: the coordinator of ${transactionalId} is gone`)))
  const header = { correlationId: 1, clientId: `another ${transactionalId}` }
  const body = { transactionalId, transactionTimeoutMs: TRANSACTION_TIMEOUT_MS }
  connection.write(Buffer.concat(encodeRequest(InitProducerId, VERSION, header, body)))
  return promise
}
