import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkNames, meant, nearest, unknownName } from '../../src/intercept/nearest.ts'

describe('the nearest name', () => {
  const names = ['num.partitions', 'auto.create.topics.enable', 'log.retention.ms']

  test('is the one with the fewest letters to change', () => {
    expect(nearest('num.partition', names)).toBe('num.partitions')
    expect(nearest('auto.create.topic.enabled', names)).toBe('auto.create.topics.enable')
    expect(nearest('log.retentions', names)).toBe('log.retention.ms')
  })

  test('is told however it is capitalised, and however short it was cut', () => {
    expect(nearest('Num.Partitions', names)).toBe('num.partitions')
    expect(nearest('auto', names)).toBe('auto.create.topics.enable')
    expect(nearest('orders', ['orders.retry', 'orders'])).toBe('orders')
  })

  test('is none of those that have little in common', () => {
    expect(nearest('zookeeper.connect', names)).toBeUndefined()
    expect(nearest('', names)).toBeUndefined()
  })

  test('is the name itself where it is among them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1, selector: (name) => name.toLowerCase() }), (all) => {
        for (const name of all) expect(nearest(name, all)).toBe(name)
      }),
    )
  })
})

describe('a name that is not known', () => {
  test('is told with the one that is meant, where one is near, and with all that there are', () => {
    expect(meant('topc', ['topic', 'group'])).toBe(', topic is meant?')
    expect(meant('acks', ['topic', 'group'])).toBe('')
    expect(unknownName('topc', ['topic', 'group'])).toBe("there is no 'topc', topic is meant?; there are topic, group")
  })

  test('is refused in an object, and so is what is no object', () => {
    const check = (value: unknown) => () => checkNames('append', value, ['acks', 'compression'])
    expect(check({ acks: 1 })).not.toThrow()
    expect(check({ compresion: 'gzip' })).toThrow(
      new TypeError("append: there is no 'compresion', compression is meant?; there are acks, compression"),
    )
    for (const none of [undefined, null, 'gzip', ['gzip']]) expect(check(none)).toThrow('append: an object is wanted')
  })
})
