import { expect, test } from 'vitest'
import { hostPortOf, hostPortText } from '../../src/protocol/host-port.ts'

test.each([
  ['kafka-1.internal:9092', 'kafka-1.internal', 9092],
  ['127.0.0.1:1', '127.0.0.1', 1],
  ['[::1]:65535', '::1', 65_535],
  [' kafka:9092\n', 'kafka', 9092],
])('%j is an address', (text, host, port) => {
  expect(hostPortOf(text)).toEqual({ host, port })
  expect(hostPortText({ host, port })).toBe(text.trim())
})

test.each(['kafka', 'kafka:', ':9092', '::1:9092', 'kafka:0', 'kafka:65536', 'kafka://a:9092', 'a b:9092', 9092, null])(
  '%j is none',
  (text) => {
    expect(hostPortOf(text)).toBeUndefined()
  },
)
