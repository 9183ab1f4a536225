import { expect, test, vi } from 'vitest'
import { ConfigError } from '../../src/broker/config/config-def.ts'
import { KafkaError } from '../../src/protocol/errors.ts'

test('an error is an instance of its class in every copy of the package', async () => {
  vi.resetModules()
  const copy = await import('../../src/protocol/errors.ts')
  expect(copy.KafkaError).not.toBe(KafkaError)
  expect(new copy.KafkaError('UNKNOWN_MEMBER_ID')).toBeInstanceOf(KafkaError)
  expect(new KafkaError('UNKNOWN_MEMBER_ID')).toBeInstanceOf(copy.KafkaError)
})

test('other errors are not', () => {
  expect(new Error('KafkaError')).not.toBeInstanceOf(KafkaError)
  expect(new ConfigError('odd')).not.toBeInstanceOf(KafkaError)
  expect(new ConfigError('odd')).toBeInstanceOf(ConfigError)
  for (const value of [null, undefined, 'KafkaError', {}]) expect(value).not.toBeInstanceOf(KafkaError)
})
