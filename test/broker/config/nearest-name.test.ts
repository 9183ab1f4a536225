import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nearestName } from '../../../src/broker/config/nearest-name.ts'

describe('the nearest name', () => {
  const names = ['num.partitions', 'auto.create.topics.enable', 'log.retention.ms']

  test('is the one with the fewest letters to change', () => {
    expect(nearestName('num.partition', names)).toBe('num.partitions')
    expect(nearestName('auto.create.topic.enabled', names)).toBe('auto.create.topics.enable')
    expect(nearestName('log.retentions', names)).toBe('log.retention.ms')
  })

  test('is none of those that have little in common', () => {
    expect(nearestName('zookeeper.connect', names)).toBeUndefined()
    expect(nearestName('', names)).toBeUndefined()
  })

  test('is the name itself where it is among them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), (all) => {
        for (const name of all) expect(nearestName(name, all)).toBe(name)
      }),
    )
  })
})
