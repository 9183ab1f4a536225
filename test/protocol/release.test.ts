import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { everything, type Release, releaseOf, releases, serves } from '../../src/protocol/release.ts'

/** What running brokers answered to ApiVersions, each of the newest patch of its release. */
const asked = ['0.10.0.1', '1.1.1', '2.8.2', '3.3.2', '3.9.2', '4.1.2', '4.4.0']
const askedFeatures = ['2.8.2', '3.3.2', '3.9.2', '4.1.2', '4.4.0']

interface FeatureFacts {
  supported: Record<string, [number, number]>
  finalized: Record<string, [number, number]>
}

function fact<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`facts/${name}.json`, import.meta.url), 'utf8'))
}

function pairs({ apis }: Release): string[] {
  return [...apis].flatMap(([key, [min, max]]) =>
    Array.from({ length: max - min + 1 }, (_, index) => `${key} v${min + index}`),
  )
}

const anyRelease = fc.constantFrom(...releases).map(releaseOf)

describe('a release', () => {
  test.each(asked)('shows the APIs and versions that a running broker of %s showed', (patch) => {
    expect(Object.fromEntries(releaseOf(patch).apis)).toEqual(fact(`apiversions-${patch}`))
  })

  test.each(askedFeatures)('has the features that a running broker of %s had', (patch) => {
    const { features } = releaseOf(patch)
    const { supported, finalized } = fact<FeatureFacts>(`features-${patch}`)
    expect(Object.fromEntries(features.map(({ name, min, max }) => [name, [min, max]]))).toEqual(supported)
    expect(
      Object.fromEntries(features.filter((each) => each.finalized > 0).map((each) => [each.name, each.finalized])),
    ).toEqual(Object.fromEntries(Object.entries(finalized).map(([name, [level]]) => [name, level])))
  })

  test('is known by its name, and by that of each of its patches', () => {
    fc.assert(
      fc.property(fc.constantFrom(...releases), fc.nat(20), (name, patch) => {
        expect(releaseOf(name).version).toBe(name)
        expect(releaseOf(`${name}.${patch}`)).toBe(releaseOf(name))
      }),
    )
    expect(releaseOf('0.9')).toBe(releaseOf('0.9.0'))
    expect(releaseOf('0.11')).toBe(releaseOf('0.11.0'))
  })

  test.each(['', '4', '4.', '4.99', '0.7.2', '0.8', 'v4.1', '4.1-rc0', '4.1.1.1', ' 4.1', '1', 'toString'])(
    'is not «%s», and the error names those that are known',
    (version) => {
      expect(() => releaseOf(version)).toThrow(RangeError)
      expect(() => releaseOf(version)).toThrow(`Kafka ${version} is not a release`)
      expect(() => releaseOf(version)).toThrow(releases.join(', '))
    },
  )

  test('stands before those that came later', () => {
    expect(releases.slice(0, 7)).toEqual(['0.8.2', '0.9.0', '0.10.0', '0.10.1', '0.10.2', '0.11.0', '1.0'])
    expect(releases.slice(-3)).toEqual(['4.2', '4.3', '4.4'])
    expect(new Set(releases).size).toBe(releases.length)
  })

  test('is KRaft from 3.3 on, and only then has a metadata.version and features', () => {
    const kraft = releases.filter((name) => releaseOf(name).kraft)
    expect(kraft).toEqual(releases.slice(releases.indexOf('3.3')))
    for (const release of releases.map(releaseOf)) {
      expect(release.features.some(({ name }) => name === 'metadata.version')).toBe(release.kraft)
      expect(release.metadataVersion?.startsWith(`${release.version}-IV`) ?? false).toBe(release.kraft)
    }
    expect(releaseOf('2.8').features).toEqual([])
    expect(releaseOf('4.1').metadataVersion).toBe('4.1-IV1')
  })

  test.each(releases)('has sound ranges and levels: %s', (name) => {
    const { apis, lowestServed, features } = releaseOf(name)
    for (const [min, max] of apis.values()) expect(min >= 0 && min <= max).toBe(true)
    for (const [key, lowest] of lowestServed) {
      const [min, max] = apis.get(key) ?? [0, -1]
      expect(lowest > min && lowest <= max).toBe(true)
    }
    for (const { min, max, finalized } of features) expect(min <= max && finalized <= max).toBe(true)
  })

  test('shows the versions between brokers under ZooKeeper, and not under KRaft', () => {
    const between = [4, 5, 6, 7, 56, 67]
    expect(between.filter((key) => releaseOf('3.2').apis.has(key))).toEqual(between)
    expect(between.filter((key) => releaseOf('3.3').apis.has(key))).toEqual([])
  })

  test('before 0.10.0 has no ApiVersions, and before 0.9.0 no groups', () => {
    expect(releases.filter((name) => !releaseOf(name).apis.has(18))).toEqual(['0.8.2', '0.9.0'])
    expect([...releaseOf('0.8.2').apis.keys()]).toEqual([0, 1, 2, 3, 8, 9, 10])
    expect([11, 12, 13, 14, 15, 16].every((key) => releaseOf('0.9').apis.has(key))).toBe(true)
  })

  test('serves what it shows, but for Produce 0 to 2 in Kafka 4', () => {
    fc.assert(
      fc.property(anyRelease, fc.nat(100), fc.integer({ min: -1, max: 25 }), (release, key, version) => {
        const [min, max] = release.apis.get(key) ?? [0, -1]
        const refused = release.version.startsWith('4.') && key === 0 && version < 3
        expect(serves(release, key, version)).toBe(version >= min && version <= max && !refused)
      }),
    )
    expect(releaseOf('4.4').apis.get(0)).toEqual([0, 13])
    expect([2, 3].map((version) => serves(releaseOf('4.4'), 0, version))).toEqual([false, true])
    expect([2, 3].map((version) => serves(releaseOf('3.9'), 0, version))).toEqual([true, true])
  })
})

describe('no release in particular', () => {
  test('is 77 APIs in 309 versions', () => {
    expect(everything.apis.size).toBe(77)
    expect(pairs(everything)).toHaveLength(309)
  })

  test('is all that 3.9 and the newest show, and nothing else', () => {
    const both = new Set([...pairs(releaseOf('3.9')), ...pairs(releaseOf(everything.version))])
    expect(new Set(pairs(everything))).toEqual(both)
  })

  test('leaves out nothing that any release from 3.9 on shows', () => {
    const shown = new Set(pairs(everything))
    for (const name of releases.slice(releases.indexOf('3.9'))) {
      expect(pairs(releaseOf(name)).filter((pair) => !shown.has(pair))).toEqual([])
    }
  })

  test('serves Produce from 0, and otherwise is as the newest', () => {
    const newest = releaseOf(releases.at(-1) ?? '')
    expect(serves(everything, 0, 0)).toBe(true)
    expect(everything.version).toBe(newest.version)
    expect(everything.kraft).toBe(true)
    expect(everything.metadataVersion).toBe(newest.metadataVersion)
    expect(everything.features).toEqual(newest.features)
  })
})
