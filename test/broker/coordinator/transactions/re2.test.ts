import { describe, expect, test } from 'vitest'
import { re2Matcher } from '../../../../src/broker/coordinator/transactions/re2.ts'

describe('A pattern for transactional ids', () => {
  test.each([
    ['orders-\\d+', 'orders-12', true],
    ['orders', 'orders-12', false],
    ['.*ers', 'orders', true],
    ['a|bc', 'bc', true],
    ['a|bc', 'ac', false],
    ['(?i)ORDERS', 'orders', true],
    ['(?P<topic>o.*)', 'orders', true],
    ['\\Qa.b\\E.*', 'a.bc', true],
    ['\\Qa.b\\E.*', 'axbc', false],
    ['\\Aorders\\z', 'orders', true],
    ['orders.', 'orders\n', false],
    ['(?s)orders.', 'orders\n', true],
  ])('%s and %s: %s', (pattern, text, matches) => {
    expect(re2Matcher(pattern)?.(text)).toBe(matches)
  })

  test.each(['(', '[a', '*', 'x(?=y)', 'x(?!y)', '(?<=x)y', '(a)\\1'])('%s is none that RE2 knows', (pattern) => {
    expect(re2Matcher(pattern)).toBeUndefined()
  })
})
