import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type ApiTable,
  advertisedText,
  FILE,
  readAdvertised,
  releaseOfPatch,
} from '../../../conformance/releases/advertised.ts'
import { tableOf } from '../../../conformance/releases/answers.ts'
import { compareTables, compareWithBroker, compareWithFacts, cut } from '../../../conformance/releases/compared.ts'
import { answersOfMemkafka, servedByMemkafka } from '../../../conformance/releases/emulated.ts'
import { missing } from '../../../conformance/releases/section.ts'
import { releases } from '../../../src/protocol/release.ts'

const advertised = readAdvertised()
const nameOf = (key: number) => advertised.names.get(key) ?? ''
const served = await servedByMemkafka()
const table = (patch: string) => advertised.tables.get(patch) ?? new Map()

/** What brokers that ran answered. */
const anchors = ['0.10.0.1', '1.1.1', '2.8.2', '3.3.2', '3.9.2', '4.1.2', '4.4.0']

describe('what a release of Kafka shows in ApiVersions', () => {
  test('is known of every release that memkafka passes for, from 0.10.0 on', () => {
    expect(['0.8.2', '0.9.0', ...advertised.patches.map(releaseOfPatch)]).toEqual(releases)
  })

  test.each(anchors)('by its jars is what its brokers answered: %s', (patch) => {
    const url = new URL(`../../protocol/facts/apiversions-${patch}.json`, import.meta.url)
    expect(Object.fromEntries(table(patch))).toEqual(JSON.parse(readFileSync(url, 'utf8')))
  })

  test('is read as it is written', () => {
    expect(advertisedText(advertised)).toBe(readFileSync(FILE, 'utf8'))
  })
})

describe('a cluster that passes for a release', () => {
  test.each(advertised.patches)('shows its APIs in its versions, as far as they are served: %s', async (patch) => {
    const expected = cut(table(patch), served)
    expect(expected.size).toBeGreaterThan(10)
    expect(compareWithFacts(patch, await answersOfMemkafka(patch), expected, nameOf).different).toEqual([])
  })

  test.each(['0.8.2.2', '0.9.0.1'])('closes the connection on which ApiVersions is asked for: %s', async (patch) => {
    const { apiVersions, unknownVersion, produce } = await answersOfMemkafka(patch)
    expect([apiVersions.size, unknownVersion]).toEqual([0, undefined])
    expect(produce).toContain(0)
    expect(compareWithFacts(patch, await answersOfMemkafka(patch), new Map(), nameOf)).toEqual({
      same: 1,
      different: [],
    })
  })

  test.each(['4.0.2', '4.4.0'])('shows Produce 0 to 2 and refuses them (KAFKA-18659): %s', async (patch) => {
    const { apiVersions, produce } = await answersOfMemkafka(patch)
    expect(tableOf(apiVersions.get(0) ?? { apiKeys: [] }).get(0)?.[0]).toBe(0)
    expect(produce).toEqual([3])
  })
})

describe('the comparison', () => {
  test('tells of an API that is missing, one too many, and one in other versions', () => {
    const shown = new Map([
      [0, [0, 13]],
      [1, [4, 18]],
      [3, [0, 1]],
    ] as const)
    const expected = new Map([
      [0, [0, 13]],
      [2, [1, 2]],
      [3, [0, 2]],
    ] as const)
    expect(compareTables(shown, expected, nameOf)).toEqual({
      same: 1,
      different: ['ListOffsets: - and not 1-2', 'Metadata: 0-1 and not 0-2', 'Fetch: 4-18 and not -'],
    })
  })

  test('tells one release from another', async () => {
    const [ours, theirs] = [await answersOfMemkafka('3.9.2'), await answersOfMemkafka('4.4.0')]
    expect(compareWithBroker(ours, ours, served, nameOf).different).toEqual([])
    expect(compareWithBroker(ours, theirs, served, nameOf).different).toEqual(
      expect.arrayContaining([
        'Produce: 0-11 and not 0-13',
        'ApiVersions v5 is answered by Kafka alone',
        'the answered versions of Produce: [0,1,2,3] and not [3]',
      ]),
    )
  })

  test('lists what is left out, each API once, with the releases that show it', () => {
    const one = {
      patches: ['1.1.1', '2.8.2'],
      names: new Map([
        [0, 'Produce'],
        [1, 'Fetch'],
      ]),
    }
    const tables = new Map<string, ApiTable>([
      [
        '1.1.1',
        new Map([
          [0, [0, 5]],
          [1, [0, 7]],
        ] as const),
      ],
      [
        '2.8.2',
        new Map([
          [0, [0, 9]],
          [1, [0, 12]],
        ] as const),
      ],
    ])
    expect(missing({ ...one, tables }, new Map([[1, [0, 11]]] as const))).toEqual([
      { name: 'Produce', versions: '0 to 9', releases: '1.1 to 2.8' },
      { name: 'Fetch', versions: '12', releases: '2.8' },
    ])
  })
})
