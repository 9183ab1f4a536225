import type { ProducerMessage, SentMessage } from '../../../client/index.ts'
import { RestAnswer, type RestCall, type Route } from '../http/service.ts'
import { badData, batchError, kafkaFailure } from './errors.ts'
import { Fields, UnknownFieldError } from './fields.ts'
import { instantText } from './instant.ts'
import { jsonValues, NoJsonError } from './json-values.ts'
import { demandJson } from './negotiation.ts'
import { NotInMetadata, type ProxyClient } from './proxy-client.ts'
import type { RecordSchemas } from './schemas/record-schemas.ts'
import { RECORD_FIELDS, type ReadyRecord, readyRecord, type SentRecord, sentRecord } from './v3-record.ts'

/** `api.v3.produce.batch.maximum.entries` of the real one where nobody has set it. */
const BATCH_ENTRIES = 10
const TOPIC = '/v3/clusters/:cluster/topics/:topic'

type Send = (message: ProducerMessage) => Promise<SentMessage>

/** What an answer says of a record that was not produced. */
interface ErrorAnswer {
  readonly error_code: number
  readonly message: string
}

/** The third version's records: a stream of them, each answered in its turn, or a batch. What is wrong with one is told in its place, and the others go on. */
export function v3Produce(client: ProxyClient, schemas: RecordSchemas): readonly Route[] {
  const { cluster } = client
  const ready = (call: RestCall, sent: SentRecord): Promise<ReadyRecord> =>
    readyRecord(sent, call.param('topic'), schemas, cluster.clock.now())
  const produce = async (call: RestCall, record: ReadyRecord, send: Send): Promise<object> => {
    const { partition, offset } = await send(record.message)
    const { topic, timestamp } = record.message
    return {
      cluster_id: call.param('cluster'),
      topic_name: topic,
      partition_id: partition,
      offset,
      timestamp: instantText(timestamp ?? cluster.clock.now()),
      ...(record.key === undefined ? {} : { key: record.key }),
      ...(record.value === undefined ? {} : { value: record.value }),
    }
  }
  return [
    [
      'post',
      `${TOPIC}/records`,
      (call) => {
        demandJson(call)
        const produced = async (value: unknown, send: Send): Promise<Produced> => {
          const record = await ready(call, sentRecord(new Fields(value, RECORD_FIELDS)))
          return { answer: produce(call, record, send).then((answer) => ({ error_code: 200, ...answer })) }
        }
        return new RestAnswer(answers(client, call, produced))
      },
    ],
    [
      'post',
      `${TOPIC}/records\\:batch`,
      async (call) => {
        demandJson(call)
        const entries = await entriesOf(call)
        const [successes, failures]: [object[], object[]] = [[], []]
        await client.producing(async (send) => {
          const answers: Promise<object>[] = []
          for (const { record } of entries) {
            const sent = await ready(call, record).catch(errorAnswer)
            answers.push('error_code' in sent ? Promise.resolve(sent) : produce(call, sent, send).catch(errorAnswer))
          }
          for (const [index, answer] of (await Promise.all(answers)).entries()) {
            const list = 'error_code' in answer ? failures : successes
            list.push({ id: entries[index]?.id, ...answer })
          }
        })
        return new RestAnswer({ successes, failures }, { status: 207 })
      },
    ],
  ]
}

/** A record that is on its way, in its turn; and what comes of it, later. */
interface Produced {
  readonly answer: Promise<object>
}

/** The answers to a stream of records, in the order of these, each when it is known. */
function answers(
  client: ProxyClient,
  call: RestCall,
  produced: (value: unknown, send: Send) => Promise<Produced>,
): ReadableStream<Uint8Array> {
  let isWanted = true
  return new ReadableStream({
    async start(controller) {
      let told: Promise<void> = Promise.resolve()
      const inTurn = (answer: Promise<object>): void => {
        told = Promise.all([told, answer.catch(errorAnswer)]).then(([, known]) => {
          if (isWanted) controller.enqueue(Buffer.from(`${JSON.stringify(known)}\r\n`))
        })
      }
      try {
        await client.producing(async (send) => {
          for await (const value of jsonValues(call.chunks())) {
            // One is sent before the next one is read: they are in the log as they are in the request.
            const { answer } = await produced(value, send).catch((error) => ({ answer: Promise.reject(error) }))
            inTurn(answer)
          }
          await told
        })
      } catch (error) {
        inTurn(Promise.reject(error))
      }
      await told
      if (isWanted) controller.close()
    },
    cancel() {
      isWanted = false
    },
  })
}

interface Entry {
  readonly id: string
  readonly record: SentRecord
}

/** @throws RestError 42208 for what is no batch; 400 and 422 for what cannot be read */
async function entriesOf(call: RestCall): Promise<readonly Entry[]> {
  if (!(await call.hasBody())) throw batchError('Request body is empty. Data is required.')
  const entries = (new Fields(await call.body(), ['entries']).list('entries') ?? []).map((entry): Entry => {
    const fields = new Fields(entry, ['id', ...RECORD_FIELDS])
    const id = fields.raw('id')
    if (typeof id !== 'string' || !/^[0-9a-zA-Z_-]{1,80}$/.test(id)) {
      throw batchError('Batch entry identifier is not a valid string.')
    }
    return { id, record: sentRecord(fields) }
  })
  if (new Set(entries.map(({ id }) => id)).size < entries.length) throw batchError('Batch entry IDs are not distinct.')
  if (entries.length === 0) throw batchError('Empty batch.')
  if (entries.length > BATCH_ENTRIES) throw batchError('Too many entries in batch.')
  return entries
}

function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof NotInMetadata) return { error_code: 40401, message: error.message }
  if (error instanceof NoJsonError) return errorAnswer(badData(`Error processing message: ${error.message}`))
  // Only the body of a request as a whole is refused with 422 for it.
  if (error instanceof UnknownFieldError) {
    return { error_code: 400, message: `Unrecognized field "${error.field}", not marked as ignorable` }
  }
  const { status, errorCode, message } = kafkaFailure(error)
  // What a record breaks of the constraints is told by the status, and the code stands in the message.
  if (status === 422) return { error_code: 422, message: `Error: ${errorCode} : ${message}` }
  return { error_code: errorCode, message }
}
