/** Makes answers comparable: what may differ, by the list in differences.ts, is replaced by something that does not. */
import type { AnyApi, Fields } from '../../src/protocol/message.ts'
import { readAnyBatches } from '../../src/protocol/records/any-batch.ts'
import { LegacyRecordBatch } from '../../src/protocol/records/legacy-batch.ts'
import { type FieldDifference, fieldDifferences, RANDOM_ID } from './differences.ts'

/** What of one run of a case the normal form depends on. */
export interface RunFacts {
  /** Ends every name that the run makes: `orders.r17`; names that end with another run's are not this run's business. */
  readonly tag: string
  readonly brokers: number
  /** When the run began and what it has come to, ms since the epoch. */
  readonly began: number
  now(): number
  /** The time that the script counts from. */
  readonly baseTime: number
  /** The keys of the APIs and the names of the features that both sides have. */
  readonly both: ReadonlySet<unknown>
}

/** Any tag of any run. */
const ANY_TAG = /\.r\d+\b/
const TOPIC_ID = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])/g
const TIME_IN_TEXT = /\b1[5-9]\d{11}\b/g
/** A time less the greatest long there is. */
const FARTHEST_TIME_IN_TEXT = /-922337\d{13}\b/g

/** Clocks of two processes on one machine, and what a broker stamped just before it was asked. */
const SLACK_MS = 2000
/** How far from the base a script's own times lie, at most. */
const SCRIPT_TIMES_MS = 1_000_000

/** Normalises the answers of one run of a case, in the order in which they came: symbols are counted through. */
export class Normalizer {
  private readonly facts: RunFacts
  private readonly symbols = new Map<string, string>()
  private readonly counts = new Map<string, number>()

  constructor(facts: RunFacts) {
    this.facts = facts
  }

  /** Gives an id its symbol: whose it is, the first or the next of that name. That is told wherever the id stands. */
  name(id: string, owner: string): void {
    if (this.symbols.has(id)) return
    const symbol = `id of ${this.text(owner)}`
    const count = (this.counts.get(symbol) ?? 0) + 1
    this.counts.set(symbol, count)
    this.symbols.set(id, count === 1 ? `<${symbol}>` : `<${symbol} ${count}>`)
  }

  answer(api: AnyApi, body: object): unknown {
    return this.struct(api.response.fields, body as Record<string, unknown>, api.name)
  }

  /** Any value that a script has compared. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value)
    if (Array.isArray(value)) return value.map((item) => this.value(item))
    if (Buffer.isBuffer(value)) return value.toString('hex')
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.value(item)]))
  }

  private struct(fields: Fields, value: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
    const entries = Object.entries(value).map(([name, item]): [string, unknown] => {
      const field = fields[name]
      const at = `${path}.${name}`
      if (this.differs(at, 'any value')) return [name, '<any>']
      if (item === null || field === undefined) return [name, this.value(item)]
      if (field.type === 'records') return [name, this.records(item as readonly Buffer[], at)]
      if (field.type === 'struct')
        return [name, this.struct(field.fields as Fields, item as Record<string, unknown>, at)]
      if (field.type !== 'array') return [name, this.leaf(item, at, name)]
      const element = field.element?.fields
      if (element == null)
        return [
          name,
          this.list(
            (item as unknown[]).map((one) => this.leaf(one, at, name)),
            at,
          ),
        ]
      return [name, this.structs(element, item as Record<string, unknown>[], at)]
    })
    return Object.fromEntries(entries)
  }

  /** A list that has no order is put in one before its symbols are counted. */
  private structs(fields: Fields, items: readonly Record<string, unknown>[], path: string): unknown[] {
    const own = items.filter((item) => !this.isOfAnotherRun(fields, item) && !this.isLacking(item, path))
    const ordered = this.differs(path, 'any order')
      ? own.toSorted((a, b) => (this.sortKey(a) < this.sortKey(b) ? -1 : 1))
      : own
    return ordered.map((item) => this.struct(fields, item, path))
  }

  /** What an item of a list is sorted by: its own names and numbers, not what was drawn at random. */
  private sortKey(item: Readonly<Record<string, unknown>>): string {
    const text = JSON.stringify(item, (name, value) =>
      waysToDiffer(`.${name}`, false).includes('symbol') ? (this.symbols.get(String(value)) ?? 0) : value,
    )
    return text.replace(RANDOM_ID, '')
  }

  private list(items: readonly unknown[], path: string): unknown[] {
    return this.differs(path, 'any order') ? items.toSorted((a, b) => (String(a) < String(b) ? -1 : 1)) : [...items]
  }

  private isOfAnotherRun(fields: Fields, item: Readonly<Record<string, unknown>>): boolean {
    return Object.entries(fields).some(([name, { type }]) => {
      const value = item[name]
      return type === 'string' && typeof value === 'string' && ANY_TAG.test(value) && !value.includes(this.facts.tag)
    })
  }

  private isLacking(item: Readonly<Record<string, unknown>>, path: string): boolean {
    return this.differs(path, 'what both have') && !this.facts.both.has(item.apiKey ?? item.name)
  }

  private leaf(value: unknown, path: string, name: string): unknown {
    if (Buffer.isBuffer(value)) return value.toString('hex')
    if (value !== '' && this.differs(path, 'any text')) return '<text>'
    if (this.differs(path, 'symbol')) return this.symbol(value, name)
    if (typeof value === 'number' && this.differs(path, 'time')) return this.time(value)
    return typeof value === 'string' ? this.text(value) : value
  }

  private symbol(value: unknown, name: string): unknown {
    const isFirstProducer = value === 0 && name === 'producerId'
    if (value === 0 && !isFirstProducer) return value
    if (value === -1 || value === '' || value === null || value === 'AAAAAAAAAAAAAAAAAAAAAA') return value
    // An id that a script made up is the same on both sides.
    const known = this.symbols.get(String(value))
    if (known !== undefined) return known
    const count = (this.counts.get(name) ?? 0) + 1
    this.counts.set(name, count)
    const symbol = `<${name} ${count}>`
    this.symbols.set(String(value), symbol)
    return symbol
  }

  private time(value: number): number | string {
    const { began, baseTime } = this.facts
    const after = value - baseTime
    if (after >= 0 && after < SCRIPT_TIMES_MS) return `<t+${after}>`
    return value >= began - SLACK_MS && value <= this.facts.now() + SLACK_MS ? '<now>' : value
  }

  private text(text: string): string {
    return text
      .replaceAll(this.facts.tag, '')
      .replace(RANDOM_ID, (uuid) => this.symbol(uuid, 'uuid') as string)
      .replace(TOPIC_ID, (id) => this.symbols.get(id) ?? id)
      .replace(TIME_IN_TEXT, (digits) => {
        const time = this.time(Number(digits))
        return typeof time === 'string' ? time : '<time>'
      })
      .replace(FARTHEST_TIME_IN_TEXT, '<the farthest past>')
  }

  /** Records as the batches that they are, without what follows from the rest: lengths and checksums. */
  private records(slices: readonly Buffer[], path: string): unknown {
    const bytes = Buffer.concat(slices)
    try {
      const batches = [...readAnyBatches(bytes, { allowPartial: true })]
      const cut = bytes.length - batches.reduce((size, { sizeInBytes }) => size + sizeInBytes, 0)
      const told = batches.map((batch) => {
        const records = [...batch.records()].map(({ offset, timestamp, key, value, headers }) => ({
          offset,
          timestamp: this.time(timestamp),
          key: key?.toString('hex') ?? null,
          value: value?.toString('hex') ?? null,
          ...(headers.length > 0 && {
            headers: headers.map((header) => [header.key.toString(), header.value?.toString('hex') ?? null]),
          }),
        }))
        const { magic, compression, timestampType, lastOffset } = batch
        const common = { magic, compression, timestampType, lastOffset }
        if (batch instanceof LegacyRecordBatch) return { ...common, records }
        return {
          ...common,
          baseOffset: batch.baseOffset,
          partitionLeaderEpoch: batch.partitionLeaderEpoch,
          maxTimestamp: this.time(batch.maxTimestamp),
          producerId: this.symbol(batch.producerId, 'producerId'),
          producerEpoch: batch.producerEpoch,
          baseSequence: batch.baseSequence,
          isTransactional: batch.isTransactional,
          isControl: batch.isControl,
          records,
        }
      })
      if (cut === 0) return told
      // How many there are follows from how the codec packed the others.
      const isPacked = batches.some(({ compression }) => compression !== 'none')
      return [...told, { bytesOfOneThatIsCut: isPacked ? '<some>' : cut }]
    } catch (error) {
      return `${path} cannot be read: ${error instanceof Error ? error.message : error}: ${bytes.toString('hex')}`
    }
  }

  private differs(path: string, as: FieldDifference['as']): boolean {
    return waysToDiffer(path, this.facts.brokers > 1).includes(as)
  }
}

const known = new Map<string, readonly FieldDifference['as'][]>()

function waysToDiffer(path: string, severalBrokers: boolean): readonly FieldDifference['as'][] {
  const key = `${path} ${severalBrokers}`
  const before = known.get(key)
  if (before !== undefined) return before
  const anywhere = `*.${path.slice(path.lastIndexOf('.') + 1)}`
  const ways = fieldDifferences
    .filter((difference) => severalBrokers || difference.severalBrokers !== true)
    .filter(({ fields }) => fields.includes(path) || fields.includes(anywhere))
    .map(({ as }) => as)
  known.set(key, ways)
  return ways
}
