/** The step of ../steps.ts in which a broker dies. */
import { randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import { notOffered, STARTING_MS, step, until } from './steps.js'

/** @typedef {import('./story.js').Client} Client */
/** @typedef {import('./story.js').Record} Record */

const PARTITIONS = 4
/** So many waves of records at least are acknowledged before the broker dies, while it is dead, and after it came back. */
const WAVES = 10
/** Of each wave. */
const RECORDS = 8
const PAUSE_MS = 10

/**
 * @param {Client} client
 * @param {(topic: string) => Promise<unknown>} created makes a topic
 */
export async function failover(client, created) {
  if (process.env.KILLS === undefined) return
  const { writer, leadership } = client
  if (writer === undefined || leadership === undefined || client.no.failover !== undefined) {
    notOffered('failover', client.no.failover)
    return
  }
  await step('failover', async () => {
    const topic = `steady-${randomUUID()}`
    await created(topic)
    /** Where each record is read: there may be one place alone. */
    const places = new Map()
    const reader = await client.join(`followers-${randomUUID()}`, topic, ({ key, partition, offset }) => {
      const place = `${partition}/${offset}`
      places.set(key, (places.get(key) ?? new Set()).add(place))
    })
    const producer = await writer()
    /** @type {Record[]} that were acknowledged */
    const sent = []
    let waves = 0
    let enough = false
    const sending = (async () => {
      while (!enough) {
        sent.push(...(await producer.send(topic, made(waves))))
        waves++
        await after(PAUSE_MS)
      }
    })()
    sending.catch(() => {})
    const someWaves = async (/** @type {string} */ when) => {
      const until_ = waves + WAVES
      await until(`records to be acknowledged ${when}`, () => waves >= until_)
    }
    await someWaves('at first')
    await until('all to be read', () => sent.every(({ key }) => places.has(key)))
    const { leader: dying } = await leadership(topic, 0)
    console.log(`kill ${dying}`)
    await until('another leader', async () => {
      const { leader } = await leadership(topic, 0)
      return leader >= 0 && leader !== dying
    })
    await someWaves('without the broker')
    console.log(`start ${dying}`)
    const isBack = async () => (await leadership(topic, 0)).inSync.includes(dying)
    await until('the broker to be in sync again', isBack, STARTING_MS)
    await someWaves('with the broker')
    enough = true
    await sending
    await until(
      () => `${sent.length} records to be read, and not ${places.size}`,
      () => sent.every(({ key }) => places.has(key)),
    )
    for (const { key, partition, offset } of sent) {
      const found = [...places.get(key)]
      const elsewhere = offset !== undefined && found[0] !== `${partition}/${offset}`
      if (found.length > 1 || elsewhere) {
        throw new Error(`${key} was acknowledged at ${partition}/${offset}, and is at ${found.join(', ')}`)
      }
    }
    await Promise.all([reader.leave(), producer.close()])
    return `${sent.length} records, each read at one place`
  })
}

/** @param {number} wave @returns {Record[]} */
function made(wave) {
  const now = Date.now()
  return Array.from({ length: RECORDS }, (_, index) => {
    return { key: `${wave}-${index}`, value: `steady ${wave}`, timestamp: now, partition: index % PARTITIONS }
  })
}
