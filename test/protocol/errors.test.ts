import { describe, expect, test } from 'vitest'
import {
  ErrorCode,
  type ErrorName,
  errorMessage,
  errorName,
  isRetriable,
  KafkaError,
} from '../../src/protocol/errors.ts'

test('the codes of Kafka 4.4 run from -1 to 136 without a gap', () => {
  const codes = Object.values(ErrorCode).sort((a, b) => a - b)
  expect(codes).toEqual(Array.from({ length: 138 }, (_, index) => index - 1))
})

test('each name and its code lead to each other', () => {
  for (const [name, code] of Object.entries(ErrorCode)) expect(errorName(code)).toBe(name)
})

test('a code that nobody knows is UNKNOWN_SERVER_ERROR', () => {
  expect(errorName(31000)).toBe('UNKNOWN_SERVER_ERROR')
})

describe('a KafkaError', () => {
  test('has the code and the message of its name', () => {
    const error = new KafkaError('NOT_LEADER_OR_FOLLOWER')
    expect(error).toBeInstanceOf(Error)
    expect(error.code).toBe(6)
    expect(error.error).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(error.message).toBe(errorMessage('NOT_LEADER_OR_FOLLOWER'))
    expect(error.message).not.toBe('')
  })

  test('may have a message of its own', () => {
    expect(new KafkaError('INVALID_CONFIG', 'retention.ms: not a number').message).toBe('retention.ms: not a number')
  })

  test.each<[ErrorName, boolean]>([
    ['NOT_LEADER_OR_FOLLOWER', true],
    ['COORDINATOR_LOAD_IN_PROGRESS', true],
    ['NOT_ENOUGH_REPLICAS', true],
    ['UNKNOWN_TOPIC_OR_PARTITION', true],
    ['REBALANCE_IN_PROGRESS', false],
    ['MESSAGE_TOO_LARGE', false],
    ['INVALID_PRODUCER_EPOCH', false],
    ['NONE', false],
  ])('%s: is it worth another try? %s', (name, retriable) => {
    expect(new KafkaError(name).retriable).toBe(retriable)
    expect(isRetriable(name)).toBe(retriable)
  })
})
