/**
 * The steps of ../steps.ts, done with a client of Node.js. Plain JavaScript: a client that has to be compiled runs on whatever
 * Node.js has its headers here, and not on that of the project alone.
 */
import { randomUUID } from 'node:crypto'
import { failover } from './failover.js'
import { halfWay, Journal, sameRecords } from './journal.js'
import { expect, notOffered, step, until } from './steps.js'
import { transactions } from './transactions.js'

/**
 * A record, and where it lies. What a client does not tell of, when it writes or when it reads, is undefined.
 * @typedef {object} Record
 * @property {number} [partition]
 * @property {number} [offset]
 * @property {number} [timestamp] in milliseconds
 * @property {string} key
 * @property {string | null} value
 * @property {[string, string][]} [headers]
 */

/**
 * A member of a group.
 * @typedef {object} Member
 * @property {() => number[]} owned the partitions that it has now
 * @property {(offsets: Map<number, number>) => Promise<unknown>} [commit] for each partition the offset of the next record to
 *   read; a member that has none commits by itself what it has read, at the latest when it leaves
 * @property {() => Promise<unknown>} leave
 */

/**
 * A producer that is idempotent, with acks=all. The transactional one has the rest too.
 * @typedef {object} Writer
 * @property {(topic: string, records: Record[]) => Promise<Record[]>} send tells where they lie, once they are acknowledged
 * @property {() => Promise<unknown>} begin
 * @property {(member: Member, group: string, topic: string, offsets: Map<number, number>) => Promise<unknown>} sendOffsets
 *   what the member of the group has read, for each partition the offset of the next record
 * @property {() => Promise<unknown>} commit
 * @property {() => Promise<unknown>} abort
 * @property {() => Promise<unknown>} close
 */

/**
 * What the story asks of a client. A method that is not there is not offered; `no` says why, where that is not plain.
 * @typedef {object} Client
 * @property {{ [step: string]: string }} no the steps that the client does not offer
 * @property {(topic: string, partitions: number, replicas: number) => Promise<unknown>} createTopic
 * @property {(topic: string) => Promise<number>} partitions how many it has
 * @property {(topic: string, records: Record[], how: { codec: string, idempotent: boolean }) => Promise<Record[]>} produce
 *   sends them in their order, each to its partition if it names one, and tells where they lie
 * @property {(topic: string, partition: number, from: 'beginning' | 'end' | number, read: (record: Record) => void) =>
 *   Promise<{ close(): Promise<unknown> }>} [read] a partition, without a group
 * @property {(group: string, topic: string, read: (record: Record) => void, how?: { uncommitted: boolean }) => Promise<Member>}
 *   join a group that reads from where it committed, or from the beginning: what is committed alone, or all that there is
 * @property {(how?: { id?: string, timeoutMs?: number }) => Promise<Writer>} [writer] transactional when it is given an id, ready
 *   to begin
 * @property {(topic: string, partition: number) => Promise<{ leader: number, inSync: number[] }>} [leadership]
 * @property {(group: string, topic: string) => Promise<Map<number, number>>} [committed]
 * @property {(topic: string, partition: number, timestamp: number) => Promise<number>} [offsetAt]
 * @property {(topic: string, name: string, value: string) => Promise<unknown>} [setConfig]
 * @property {(topic: string, name: string) => Promise<string | null | undefined>} [config]
 * @property {(topic: string, total: number) => Promise<unknown>} [addPartitions]
 * @property {() => Promise<string[]>} [groups]
 * @property {(group: string) => Promise<{ state: string, members: number }>} [describe]
 * @property {(group: string) => Promise<unknown>} [deleteGroup]
 * @property {(topic: string, partition: number, before: number) => Promise<unknown>} [deleteRecords]
 * @property {(topic: string, partition: number) => Promise<number>} [beginning] the first offset that there is
 * @property {(topic: string) => Promise<unknown>} [deleteTopic]
 * @property {() => Promise<string[]>} topics
 * @property {() => Promise<unknown>} close
 */

const PARTITIONS = 4
/** Of each wave. Not a multiple of the partitions, so that batches differ in size. */
const RECORDS = 23

/**
 * @param {(bootstrapServers: string[]) => Promise<Client>} start
 */
export async function tell(start) {
  const bootstrapServers = (process.argv.at(-1) ?? '').split(',')
  const client = await start(bootstrapServers)
  const story = new Story(client, bootstrapServers.length)
  await story.records()
  await story.group()
  await story.admin()
  await transactions(client, (topic) => story.created(topic))
  await failover(client, (topic) => story.created(topic))
  await client.close()
  // What a client leaves running is its own affair.
  process.exit()
}

class Story {
  /** @type {Client} */ client
  brokers
  topic = `orders-${randomUUID()}`
  /** @type {Record[]} all that was sent to the topic */
  sent = []
  /** All that was read of it. */
  known = new Journal()

  /** @param {Client} client @param {number} brokers */
  constructor(client, brokers) {
    this.client = client
    this.brokers = brokers
  }

  /** Writes in every way, while one reader follows. */
  async records() {
    const { client, topic } = this
    if (client.no.topic !== undefined) {
      await this.created(topic)
      notOffered('topic', client.no.topic)
    } else {
      await step('topic', async () => {
        await this.created(topic)
        return `${PARTITIONS} partitions`
      })
    }
    const read = new Journal()
    const audit = await client.join(`audit-${randomUUID()}`, topic, (record) => read.add(record))
    /** @param {import('../steps.ts').Step} name @param {Partial<{ codec: string, idempotent: boolean, headers: boolean }>} how */
    const wave = (name, { codec = 'none', idempotent = false, headers = false }) => {
      if (client.no[name] !== undefined) return notOffered(name, client.no[name])
      return step(name, async () => {
        const records = made(name, this.sent.length, headers)
        const placed = await client.produce(topic, records, { codec, idempotent })
        this.sent.push(...placed)
        await read.hasAll(this.sent)
        const told = placed.every(({ offset }) => offset !== undefined)
        return `${placed.length} records read${told ? ' from where they were said to lie' : ''}`
      })
    }
    await wave('produce', {})
    await wave('headers', { headers: true })
    for (const codec of /** @type {const} */ (['gzip', 'snappy', 'lz4', 'zstd'])) await wave(codec, { codec })
    await wave('idempotent', { idempotent: true })
    await audit.leave()
    this.known = read
    await this.partition(read.of(0))
  }

  /** @param {Record[]} known what is in the first partition */
  async partition(known) {
    const { client, topic } = this
    if (client.read === undefined) return notOffered('partition', client.no.partition)
    await step('partition', async () => {
      const inPlace = read(client, topic, 0)
      const all = await inPlace('beginning', (records) => records.length >= known.length)
      sameRecords('the partition from its beginning', all, known)
      const some = await inPlace(3, (records) => records.length >= known.length - 3)
      sameRecords('the partition from an offset', some, known.slice(3))
      // A reader that has not found the end yet would miss what is written before it has.
      const late = await inPlace(
        'end',
        (records) => records.length > 0,
        async () => {
          const record = { key: randomUUID(), value: 'late', timestamp: Date.now(), partition: 0 }
          await client.produce(topic, [record], { codec: 'none', idempotent: false })
        },
      )
      expect('what is read from the end', [...new Set(late.map(({ value }) => value))], ['late'])
      return 'from the beginning, from an offset, from the end'
    })
  }

  /** The life of a group, in a topic of its own: nothing is in it when its members come. */
  async group() {
    const { client } = this
    const topic = `payments-${randomUUID()}`
    const group = `billing-${randomUUID()}`
    const read = new Journal()
    /** @type {Record[]} */
    const sent = []
    /** @type {Member[]} */
    const members = []
    const join = async () => {
      const member = await client.join(group, topic, (record) => read.add(record))
      members.push(member)
      return member
    }
    const shared = (/** @type {number} */ count) =>
      until(`${count} members to share the partitions`, () => {
        const owned = members.map((member) => member.owned())
        const each = owned.every((some) => some.length === PARTITIONS / count)
        return each && new Set(owned.flat()).size === PARTITIONS && members.length === count
      })
    const wave = async (isRead = true) => {
      const records = made('group', sent.length, false).map(({ partition: _, ...record }) => record)
      const placed = await client.produce(topic, records, { codec: 'none', idempotent: false })
      sent.push(...placed)
      if (isRead) await read.hasAll(sent)
    }
    /** Each member commits, for what it owns, all that was read. */
    const commit = () =>
      Promise.all(
        members.map((member) => {
          const own = [...read.ends()].filter(([partition]) => member.owned().includes(partition))
          return member.commit?.(new Map(own))
        }),
      )
    await step('group', async () => {
      await this.created(topic)
      await Promise.all([join(), join()])
      await shared(2)
      await wave()
      return `${sent.length} records read once`
    })
    await step('rebalance', async () => {
      await commit()
      await members.pop()?.leave()
      await shared(1)
      await wave()
      await commit()
      await join()
      await shared(2)
      await wave()
      return 'one left, one came'
    })
    await step('commit', async () => {
      await commit()
      await members.pop()?.leave()
      await shared(1)
      const [last] = members
      if (last?.commit === undefined) {
        await last?.leave()
        members.pop()
        await wave(false)
        await join()
        await read.hasAll(sent)
        return 'resumed where the last member had left'
      }
      const early = read.ends()
      await wave()
      const committed = halfWay(early, read.ends())
      await last.commit(committed)
      if (client.committed !== undefined) {
        expect('committed offsets', sorted(await client.committed(group, topic)), sorted(committed))
      }
      await members.pop()?.leave()
      read.forget(committed)
      await join()
      await read.hasAll(sent)
      return `resumed at ${[...committed.values()].reduce((sum, offset) => sum + offset, 0)} of ${sent.length} records`
    })
    this.groupLeft = { group, members }
  }

  /** @type {{ group: string, members: Member[] }} */
  groupLeft = { group: '', members: [] }

  async admin() {
    const { client, topic } = this
    const { offsetAt, setConfig, config, addPartitions } = client
    if (offsetAt === undefined) notOffered('time', client.no.time)
    else {
      await step('time', async () => {
        const { records } = this.known
        const { partition = 0, timestamp = 0 } = records[Math.floor(records.length / 2)] ?? {}
        const found = await offsetAt.call(client, topic, partition, timestamp)
        const first = this.known.of(partition).find((record) => (record.timestamp ?? 0) >= timestamp)
        expect('the offset at the time of a record', found, first?.offset)
        return `offset ${found}`
      })
    }
    if (setConfig === undefined && addPartitions === undefined) notOffered('configs', client.no.configs)
    else {
      await step('configs', async () => {
        const done = []
        if (setConfig !== undefined) {
          await setConfig.call(client, topic, 'retention.ms', '7200000')
          done.push('a config is changed')
        }
        if (config !== undefined) {
          await until(
            'the config to be read',
            async () => (await config.call(client, topic, 'retention.ms')) === '7200000',
          )
          done.push('read')
        }
        if (addPartitions !== undefined) {
          await addPartitions.call(client, topic, PARTITIONS + 2)
          await until('more partitions', async () => (await client.partitions(topic)) === PARTITIONS + 2)
          done.push('partitions are added')
        }
        return done.join(', ')
      })
    }
    await this.groups()
    await this.deletion()
  }

  async groups() {
    const { client } = this
    const { group, members } = this.groupLeft
    const { groups, describe, deleteGroup } = client
    if (groups === undefined && describe === undefined && deleteGroup === undefined) {
      notOffered('groups', client.no.groups)
      await members.pop()?.leave()
      return
    }
    await step('groups', async () => {
      const done = []
      if (groups !== undefined) {
        await until('the group to be listed', async () => (await groups.call(client)).includes(group))
        done.push('listed')
      }
      if (describe !== undefined) {
        expect('the group', await describe.call(client, group), { state: 'Stable', members: 1 })
        done.push('described with its member')
      }
      await members.pop()?.leave()
      if (describe !== undefined) {
        await until('the group to be empty', async () => {
          const { state, members } = await describe.call(client, group)
          return state === 'Empty' && members === 0
        })
        done.push('described when it is empty')
      }
      if (deleteGroup !== undefined) {
        await deleteGroup.call(client, group)
        if (groups !== undefined) {
          await until('the group to be gone', async () => !(await groups.call(client)).includes(group))
        }
        done.push('deleted')
      }
      return done.join(', ')
    })
  }

  async deletion() {
    const { client, topic } = this
    const { deleteRecords, beginning, deleteTopic } = client
    if (deleteRecords === undefined && deleteTopic === undefined) return notOffered('delete', client.no.delete)
    await step('delete', async () => {
      const done = []
      if (deleteRecords !== undefined) {
        await deleteRecords.call(client, topic, 0, 3)
        if (beginning !== undefined) {
          await until('the records to be gone', async () => (await beginning.call(client, topic, 0)) === 3)
        }
        done.push('records before an offset')
      }
      if (deleteTopic !== undefined) {
        await deleteTopic.call(client, topic)
        await until('the topic to be gone', async () => !(await client.topics()).includes(topic))
        done.push('the topic')
      }
      return done.join(', ')
    })
  }

  /** @param {string} topic */
  async created(topic) {
    await this.client.createTopic(topic, PARTITIONS, this.brokers)
    await until('the topic to have its partitions', async () => (await this.client.partitions(topic)) === PARTITIONS)
  }
}

/**
 * Records to send: with values from none at all to some kilobytes, each a millisecond later than the one before.
 * @param {string} name @param {number} count of those sent before @param {boolean} headers
 * @returns {Record[]}
 */
function made(name, count, headers) {
  const start = Date.now() - 60_000 + count
  return Array.from({ length: RECORDS }, (_, index) => {
    const key = `${name}-${count + index}`
    const value = index === 0 ? null : `${key} was ordered, packed and sent. `.repeat(index - 1)
    /** @type {Record} */
    const record = { key, value, timestamp: start + index, partition: index % PARTITIONS }
    if (headers)
      record.headers = [
        ['trace', `trace of ${key}`],
        ['origin', 'shop'],
        ['a', ''],
        ['z', 'last'],
      ]
    return record
  })
}

/** @param {Client} client @param {string} topic @param {number} partition */
function read({ read }, topic, partition) {
  /**
   * @param {'beginning' | 'end' | number} from
   * @param {(records: Record[]) => boolean} enough
   * @param {() => Promise<unknown>} [meanwhile] again and again
   */
  return async (from, enough, meanwhile) => {
    const journal = new Journal()
    const reader = await read?.(topic, partition, from, (record) => journal.add(record))
    await until(`the partition to be read from ${from}`, async () => {
      if (enough(journal.records)) return true
      await meanwhile?.()
      return enough(journal.records)
    })
    await reader?.close()
    return journal.of(partition)
  }
}

/** @param {Map<number, number>} offsets */
function sorted(offsets) {
  return [...offsets].sort(([one], [other]) => one - other)
}
