import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  newConsistentCRCHashPartitioner,
  newCustomHashPartitioner,
  newCustomPartitioner,
  newHashPartitioner,
  newManualPartitioner,
  newMurmur2Partitioner,
  newReferenceHashPartitioner,
  newRoundRobinPartitioner,
  type PartitionerConstructor,
  type Random,
  withAbsFirst,
  withCustomHashFunction,
  withHashUnsigned,
} from '../../../../src/client/index.ts'
import { murmur2 } from '../../../../src/protocol/murmur2.ts'
import { crc32 } from '../../../../src/protocol/records/crc32.ts'

interface Vectors {
  readonly producers: { readonly sarama: string; readonly 'kafka-clients': string }
  readonly counts: readonly number[]
  readonly roundRobin: readonly number[]
  readonly keys: readonly {
    readonly key: string
    readonly sarama: Readonly<Record<string, readonly number[]>>
    readonly java: { readonly hash: number; readonly partitions: readonly number[] }
  }[]
}

// Written by conformance/client/partitioners/generate.ts.
const { producers, counts, roundRobin, keys } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'vectors.json'), 'utf8'),
) as Vectors

const noRandom: Random = {
  below: () => expect.unreachable('a key leaves nothing to chance'),
  bytes: () => expect.unreachable('a key leaves nothing to chance'),
}

function placesOf(create: PartitionerConstructor, key: string | Uint8Array): number[] {
  const partitioner = create('topic', noRandom)
  return counts.map((count) => partitioner.partition({ topic: 'topic', key, partition: count - 1 }, count))
}

const crc = (bytes: Uint8Array): number => crc32(Buffer.from(bytes))

const partitioners: Readonly<Record<string, PartitionerConstructor>> = {
  hash: newHashPartitioner,
  reference: newReferenceHashPartitioner,
  consistentCRC: newConsistentCRCHashPartitioner,
  murmur2: newMurmur2Partitioner,
  custom: newCustomPartitioner(),
  customUnsigned: newCustomPartitioner(withHashUnsigned()),
  customBoth: newCustomPartitioner(withHashUnsigned(), withAbsFirst()),
  customCRC: newCustomHashPartitioner(crc),
  customCRCAbs: newCustomPartitioner(withAbsFirst(), withCustomHashFunction(crc)),
  manual: newManualPartitioner,
}

describe(`partitioners beside those of Sarama ${producers.sarama}`, () => {
  it('covers every partitioner that was asked', () => {
    expect(Object.keys(keys[0]?.sarama ?? {}).sort()).toEqual(Object.keys(partitioners).sort())
  })

  it.each(Object.entries(partitioners))('%s puts every key where its namesake does', (name, create) => {
    for (const { key, sarama } of keys) {
      expect([key, placesOf(create, Buffer.from(key, 'hex'))]).toEqual([key, sarama[name]])
    }
  })

  it.each(Object.entries(partitioners))('%s puts a text where it puts its UTF-8', (name, create) => {
    const texts = keys.flatMap(({ key, sarama }) => {
      const text = Buffer.from(key, 'hex').toString()
      return Buffer.from(text).toString('hex') === key ? [{ text, places: sarama[name] }] : []
    })
    expect(texts.length).toBeGreaterThan(20)
    for (const { text, places } of texts) expect([text, placesOf(create, text)]).toEqual([text, places])
  })

  it('takes one partition after the other, also when there are fewer or more of them than before', () => {
    const partitioner = newRoundRobinPartitioner('topic', noRandom)
    const taken = counts.flatMap((count) => [0, 1, 2, 3].map(() => partitioner.partition({ topic: 'topic' }, count)))
    expect(taken).toEqual(roundRobin)
  })
})

describe(`murmur2 beside that of kafka-clients ${producers['kafka-clients']}`, () => {
  it('is the same hash', () => {
    for (const { key, java } of keys) expect([key, murmur2(Buffer.from(key, 'hex'))]).toEqual([key, java.hash])
  })

  it('puts every key into the partition where a Java producer puts it', () => {
    for (const { key, java } of keys) {
      expect([key, placesOf(newMurmur2Partitioner, Buffer.from(key, 'hex'))]).toEqual([key, java.partitions])
    }
  })
})
