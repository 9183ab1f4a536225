import type { ProducerMessage, SentMessage } from '../../../client/index.ts'
import { RestAnswer, type RestCall, type Route } from '../http/service.ts'
import { badData, batchError, kafkaFailure } from './errors.ts'
import { Fields, UnknownFieldError } from './fields.ts'
import { instantText } from './instant.ts'
import { jsonValues, NoJsonError } from './json-values.ts'
import { demandJson } from './negotiation.ts'
import { NotInMetadata, type ProxyClient } from './proxy-client.ts'
import type { RecordSchemas } from './schemas/record-schemas.ts'
import { RECORD_FIELDS, readyRecord, type SentRecord, sentRecord } from './v3-record.ts'

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
  const produce = async (call: RestCall, sent: SentRecord, send: Send): Promise<object> => {
    const record = await readyRecord(sent, call.param('topic'), schemas, cluster.clock.now())
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
        return new RestAnswer(answers(client, call, (record, send) => produce(call, record, send)))
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
          const done = entries.map(({ record }) => produce(call, record, send).catch(errorAnswer))
          for (const [index, answer] of (await Promise.all(done)).entries()) {
            const list = 'error_code' in answer ? failures : successes
            list.push({ id: entries[index]?.id, ...answer })
          }
        })
        return new RestAnswer({ successes, failures }, { status: 207 })
      },
    ],
  ]
}

/** The answers to a stream of records, in the order of these, each when it is known. */
function answers(
  client: ProxyClient,
  call: RestCall,
  produce: (record: SentRecord, send: Send) => Promise<object>,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      const tell = (answer: object): void => controller.enqueue(Buffer.from(`${JSON.stringify(answer)}\r\n`))
      let told: Promise<void> = Promise.resolve()
      const inTurn = (answer: Promise<object>): void => {
        told = Promise.all([told, answer.catch(errorAnswer)]).then(([, known]) => tell(known))
      }
      try {
        await client.producing(async (send) => {
          for await (const value of jsonValues(call.chunks())) {
            inTurn(
              one(value)
                .then((record) => produce(record, send))
                .then((answer) => ({ error_code: 200, ...answer })),
            )
          }
          await told
        })
      } catch (error) {
        inTurn(Promise.reject(error))
      }
      await told
      controller.close()
    },
  })
}

async function one(value: unknown): Promise<SentRecord> {
  return sentRecord(new Fields(value, RECORD_FIELDS))
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
