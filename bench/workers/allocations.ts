/**
 * Bytes that a broker allocates on the heap for each record more in a request, beyond what the request takes: requests of many
 * records beside requests of one, equally large. `allocations.ts <entry>`; wants `--expose-gc` and a young generation so
 * large that it is not collected.
 */
import { WireClient } from '../../test/wire-client.ts'
import { load } from '../build.ts'
import { LoadClient } from '../client.ts'
import { createTopic, deleteTopic, endOffset, fetchRequest, produceRequest, TOPIC } from '../requests.ts'
import { answer } from '../worker.ts'

const MANY = 1000
const VALUE_BYTES = 8
const REQUESTS = 300
const WARM_UPS = 3000

const { KafkaCluster } = await load(process.argv[2] as string)
const cluster = await KafkaCluster.start()
const admin = new WireClient(cluster.connect())
const client = LoadClient.over(cluster.connect())

const many = produceRequest(MANY, VALUE_BYTES)
const one = produceRequest(1, many.length - produceRequest(1, 0).length)

/** Heap bytes that `work` allocates; nothing is collected meanwhile. */
async function allocated(work: () => Promise<void>): Promise<number> {
  const { gc } = globalThis as { gc?: () => void }
  if (gc === undefined) throw new Error('this needs --expose-gc')
  gc()
  const before = process.memoryUsage().heapUsed
  await work()
  return process.memoryUsage().heapUsed - before
}

async function produced(request: Buffer, count: number): Promise<number> {
  await createTopic(admin)
  const bytes = await allocated(() => client.run([request], count, 1))
  await deleteTopic(admin)
  return bytes
}

async function fetched(stored: Buffer, count: number): Promise<number> {
  await createTopic(admin)
  await client.run([stored], 1, 1)
  if ((await endOffset(admin)) < 1) throw new Error(`nothing is in ${TOPIC}`)
  const bytes = await allocated(() => client.run([fetchRequest(0)], count, 1))
  await deleteTopic(admin)
  return bytes
}

const perRecord = (ofMany: number, ofOne: number): number => (ofMany - ofOne) / REQUESTS / (MANY - 1)

for (const measure of [produced, fetched]) {
  await measure(many, WARM_UPS)
  await measure(one, WARM_UPS)
}
answer(
  {
    round: async () => ({
      values: [
        perRecord(await produced(many, REQUESTS), await produced(one, REQUESTS)),
        perRecord(await fetched(many, REQUESTS), await fetched(one, REQUESTS)),
        (await produced(one, REQUESTS)) / REQUESTS,
        (await fetched(one, REQUESTS)) / REQUESTS,
      ],
    }),
  },
  () => cluster.stop(),
)
