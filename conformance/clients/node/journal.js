import { expect, until } from './steps.js'

/** @typedef {import('./story.js').Record} Record */

/** What was read, by any number of members. */
export class Journal {
  /** @type {Record[]} in the order in which it was read */
  records

  /** @param {Record[]} records */
  constructor(records = []) {
    this.records = records
  }

  /** @param {Record} record */
  add(record) {
    this.records.push(record)
  }

  /**
   * A partition's records, in the order in which they were read.
   * @param {number} partition
   */
  of(partition) {
    return this.records.filter((record) => record.partition === partition).map(plain)
  }

  /** For each partition the offset after its last record. */
  ends() {
    /** @type {Map<number, number>} */
    const ends = new Map()
    for (const { partition = -1, offset = -1 } of this.records) {
      ends.set(partition, Math.max(ends.get(partition) ?? 0, offset + 1))
    }
    return ends
  }

  /**
   * Drops what was read from these offsets on.
   * @param {Map<number, number>} from
   */
  forget(from) {
    this.records = this.records.filter(({ partition = -1, offset = -1 }) => offset < (from.get(partition) ?? 0))
  }

  /**
   * Resolves when these were read, and no others, once each and where they were said to lie: between them lies what cannot be read.
   * @param {Record[]} sent
   */
  async sees(sent) {
    await until(
      () => `${sent.length} records to be read, and not ${this.records.length}`,
      () => this.records.length >= sent.length,
    )
    const text = (/** @type {Record} */ { key, partition, offset }) => [key, partition, offset].join(' ')
    const expected = sent.map((record) => {
      const found = this.records.find(({ key }) => key === record.key)
      // What the producer was not told cannot be compared.
      return text({
        ...record,
        partition: record.partition ?? found?.partition,
        offset: record.offset ?? found?.offset,
      })
    })
    expect('what is read', this.records.map(text).sort(), expected.sort())
  }

  /**
   * Resolves when each of these was read: once, as it was sent, where it was said to lie, and in the order of its partition.
   * @param {Record[]} sent
   */
  async hasAll(sent) {
    await until(
      () => `${sent.length} records to be read, and not ${this.records.length}`,
      () => this.records.length >= sent.length,
    )
    const read = new Map(this.records.map((record) => [record.key, record]))
    expect(
      'how many records were read, and how many of them are different',
      [this.records.length, read.size],
      [sent.length, sent.length],
    )
    for (const record of sent) {
      const found = read.get(record.key)
      // What the producer was not told, or the reader does not tell, cannot be compared.
      expect(`the record ${record.key}`, found && alike(found, record), found && alike(record, found))
      if (found === undefined) throw new Error(`the record ${record.key} was not read`)
    }
    for (const partition of this.ends().keys()) {
      const offsets = this.of(partition).map(({ offset = -1 }) => offset)
      expect(
        `the offsets of partition ${partition}`,
        offsets,
        offsets.toSorted((one, other) => one - other),
      )
      expect(
        `the first offset of partition ${partition}, and the last`,
        [offsets[0], offsets.at(-1)],
        [0, offsets.length - 1],
      )
    }
  }
}

/**
 * Compares as much of each as both tell.
 * @param {string} what @param {Record[]} found @param {Record[]} expected
 */
export function sameRecords(what, found, expected) {
  expect(
    what,
    found.map((record, index) => alike(record, expected[index] ?? record)),
    expected.map((record, index) => alike(record, found[index] ?? record)),
  )
}

/**
 * As much of it as the other has.
 * @param {Record} record @param {Record} other
 */
function alike(record, other) {
  const one = plain(record)
  const another = plain(other)
  return Object.fromEntries(Object.entries(one).filter(([name]) => Object.hasOwn(another, name)))
}

/**
 * Without what is not known, in one order.
 * @param {Record} record
 * @returns {Record}
 */
function plain({ partition, offset, timestamp, key, value, headers = [] }) {
  /** @type {Record} */
  const it = { key, value, headers }
  if (partition !== undefined) it.partition = partition
  if (offset !== undefined) it.offset = offset
  if (timestamp !== undefined) it.timestamp = timestamp
  return it
}

/** @param {Map<number, number>} from @param {Map<number, number>} to */
export function halfWay(from, to) {
  return new Map([...to].map(([partition, end]) => [partition, Math.floor(((from.get(partition) ?? 0) + end) / 2)]))
}
