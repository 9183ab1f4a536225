import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../../src/broker/config/config-def.ts'
import { topicConfigTable } from '../../../src/broker/config/config-table.ts'
import { applyOperation, OperationType, operationName } from '../../../src/broker/controller/config-operation.ts'

const { SET, DELETE, APPEND, SUBTRACT } = OperationType
const LIST = 'leader.replication.throttled.replicas'

function apply(configOperation: number, value: string | null, current?: string, name = LIST): string | null {
  return applyOperation({ name, configOperation, value }, current, topicConfigTable)
}

const element = fc.constantFrom('0:1', '0:2', '1:1', '1:2', '2:1')
const list = fc.array(element, { maxLength: 6 })
const uniqueList = fc.uniqueArray(element)

describe('an operation on a config', () => {
  test('sets a value, and deletes it', () => {
    expect(apply(SET, 'x', 'y')).toBe('x')
    expect(apply(SET, 'x')).toBe('x')
    expect(apply(DELETE, null, 'y')).toBeNull()
    expect(apply(DELETE, 'ignored')).toBeNull()
  })

  test('appends to a list what it does not have, in the order given', () => {
    fc.assert(
      fc.property(uniqueList, fc.array(element, { minLength: 1 }), (current, more) => {
        expect(apply(APPEND, more.join(','), current.join(','))).toBe([...new Set([...current, ...more])].join(','))
      }),
    )
  })

  test('subtracts from a list each element once', () => {
    fc.assert(
      fc.property(list, uniqueList, (current, fewer) => {
        const left = [...current]
        for (const each of fewer) if (left.includes(each)) left.splice(left.indexOf(each), 1)
        expect(apply(SUBTRACT, fewer.join(','), current.join(','))).toBe(left.join(','))
      }),
    )
  })

  test('that appends can be taken back, where the list did not have it', () => {
    fc.assert(
      fc.property(uniqueList, uniqueList, (current, more) => {
        const news = more.filter((each) => !current.includes(each))
        fc.pre(news.length > 0)
        const appended = apply(APPEND, news.join(','), current.join(','))
        expect(apply(SUBTRACT, news.join(','), appended ?? undefined)).toBe(current.join(','))
      }),
    )
  })

  test('begins with the default of a list that is not set', () => {
    expect(apply(APPEND, 'compact', undefined, 'cleanup.policy')).toBe('delete,compact')
    expect(apply(SUBTRACT, 'delete', undefined, 'cleanup.policy')).toBe('')
  })

  test('appends to lists alone', () => {
    expect(() => apply(APPEND, '1', '2', 'retention.ms')).toThrow(
      new ConfigError("Can't APPEND to key retention.ms because its type is not LIST."),
    )
    expect(() => apply(SUBTRACT, '1', '2', 'no.such')).toThrow("Can't SUBTRACT to key no.such")
    // Kafka's controller knows the types of topic and broker configs only.
    const metrics = { name: 'metrics', configOperation: APPEND, value: 'a' }
    expect(() => applyOperation(metrics, undefined, {})).toThrow('its type is not LIST')
  })

  test('has one of four codes', () => {
    expect([0, 1, 2, 3, 4].map(operationName)).toEqual(['SET', 'DELETE', 'APPEND', 'SUBTRACT', undefined])
    expect(() => apply(4, 'x')).toThrow(expect.objectContaining({ error: 'UNKNOWN_SERVER_ERROR' }))
  })
})
