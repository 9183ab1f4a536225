import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ConfigRow,
  type ConfigRule,
  type ConfigType,
  configText,
  parseConfig,
} from '../../../src/broker/config/config-def.ts'
import { brokerConfigTable, topicConfigSynonyms, topicConfigTable } from '../../../src/broker/config/config-table.ts'

function parse(type: ConfigType, text: string | null, rule?: ConfigRule) {
  return parseConfig('some.config', [type, undefined, rule], text)
}

describe('the value of a config', () => {
  test('is a 32-bit integer, and nothing else, where the type is INT', () => {
    const limit = 2 ** 31
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.integer({ min: -limit, max: limit - 1 })), (value) => {
        if (value >= -limit && value < limit) expect(parse('INT', String(value))).toBe(value)
        else expect(() => parse('INT', String(value))).toThrow('Not a number of type INT')
      }),
    )
    expect(parse('INT', ' +7 ')).toBe(7)
    for (const text of ['', 'x', '1.0', '1e3', '0x10', '2147483648', '--1', '1 2']) {
      expect(() => parse('INT', text)).toThrow(
        `Invalid value ${text} for configuration some.config: Not a number of type INT`,
      )
    }
  })

  test('is kept to the last digit where the type is LONG', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(parse('LONG', String(value))).toBe(value)
      }),
    )
    expect(() => parse('LONG', '9223372036854775808')).toThrow('Not a number of type LONG')
  })

  test('is a double as Java writes doubles', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parse('DOUBLE', String(value))).toBe(value + 0)
      }),
    )
    expect(parse('DOUBLE', '.5d')).toBe(0.5)
    expect(parse('DOUBLE', '1.F')).toBe(1)
    expect(parse('DOUBLE', 'NaN')).toBeNaN()
    expect(() => parse('DOUBLE', 'nan')).toThrow('Not a number of type DOUBLE')
  })

  test('is true or false in any case of letters where the type is BOOLEAN', () => {
    expect(parse('BOOLEAN', ' TRUE')).toBe(true)
    expect(parse('BOOLEAN', 'False')).toBe(false)
    expect(() => parse('BOOLEAN', 'yes')).toThrow(
      'Invalid value yes for configuration some.config: Expected value to be either true or false',
    )
  })

  test('is split at commas and the blanks around them where the type is LIST', () => {
    expect(parse('LIST', ' a , b,c ')).toEqual(['a', 'b', 'c'])
    expect(parse('LIST', '')).toEqual([])
    expect(parse('LIST', 'a,,b')).toEqual(['a', '', 'b'])
  })
})

describe('the rule of a config', () => {
  test('bounds a number, and is told in the words of Kafka', () => {
    expect(() => parse('LONG', '-2', { min: -1 })).toThrow(
      'Invalid value -2 for configuration some.config: Value must be at least -1',
    )
    expect(() => parse('DOUBLE', '-1', { min: 0, max: 1 })).toThrow('Invalid value -1.0 for configuration some.config')
    expect(() => parse('INT', '18', { min: 1, max: 17 })).toThrow('Value must be no more than 17')
    expect(() => parse('INT', null, { min: 1 })).toThrow('Value must be non-null')
  })

  test('names the strings that will do', () => {
    expect(() => parse('STRING', 'brotli', { oneOf: ['gzip', 'producer'] })).toThrow(
      'Invalid value brotli for configuration some.config: String must be one of: gzip, producer',
    )
    expect(parse('STRING', 'upgrade', { oneOfAnyCase: ['UPGRADE'] })).toBe('upgrade')
  })

  test('looks at each element of a list, and takes one that is said twice as said once', () => {
    const rule: ConfigRule = { elements: ['compact', 'delete'], emptyAllowed: true, nullAllowed: false }
    expect(parse('LIST', 'compact,delete,compact', rule)).toEqual(['compact', 'delete'])
    expect(parse('LIST', '', rule)).toEqual([])
    expect(() => parse('LIST', 'compact,foo', rule)).toThrow(
      'Invalid value foo for configuration some.config: String must be one of: compact, delete',
    )
    expect(() => parse('LIST', 'compact,,delete', rule)).toThrow(
      "Configuration 'some.config' values must not be empty.",
    )
    expect(() => parse('LIST', '', { ...rule, emptyAllowed: false })).toThrow(
      "Configuration 'some.config' must not be empty. Valid values include: [compact, delete]",
    )
  })

  test('knows the levels of gzip and the replicas that may be throttled', () => {
    expect(parse('INT', '-1', 'gzip level')).toBe(-1)
    expect(() => parse('INT', '0', 'gzip level')).toThrow('Value must be between 1 and 9 or equal to -1')
    expect(parse('LIST', '*', 'throttled replicas')).toEqual(['*'])
    expect(parse('LIST', '0:1,12:3', 'throttled replicas')).toEqual(['0:1', '12:3'])
    expect(() => parse('LIST', 'a:b', 'throttled replicas')).toThrow("must be the literal '*' or a list of replicas")
  })
})

describe('the tables of configs', () => {
  const tables = Object.entries({ ...brokerConfigTable, ...topicConfigTable })

  test.each(tables)('give %s a default that is right', (name, row: ConfigRow) => {
    const [, defaultValue] = row
    // Kafka checks no default of null: whoever reads the config deals with it.
    if (typeof defaultValue === 'string') expect(() => parseConfig(name, row, defaultValue)).not.toThrow()
  })

  test('know each broker config that a topic config falls back to', () => {
    for (const [topicConfig, synonyms] of Object.entries(topicConfigSynonyms)) {
      expect(topicConfigTable).toHaveProperty([topicConfig])
      for (const [name] of synonyms) expect(brokerConfigTable).toHaveProperty([name])
    }
  })
})

describe('a parsed value as text', () => {
  test.each([
    [0.5, '0.5'],
    [1, '1.0'],
    [0, '0.0'],
    [-3, '-3.0'],
    [0.001, '0.001'],
    [0.0001, '1.0E-4'],
    [9_999_999, '9999999.0'],
    [12_345_678, '1.2345678E7'],
    [1e21, '1.0E21'],
    [Number.MAX_VALUE, '1.7976931348623157E308'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('is what Java prints of the double %d', (value, text) => {
    expect(configText('DOUBLE', value)).toBe(text)
  })

  test('is what was parsed', () => {
    expect(configText('LIST', ['a', 'b'])).toBe('a,b')
    expect(configText('LONG', 5n)).toBe('5')
    expect(configText('BOOLEAN', true)).toBe('true')
    expect(configText('STRING', null)).toBeNull()
  })
})
