import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../../src/client/errors/client-errors.ts'
import {
  type BalanceStrategy,
  newBalanceStrategyCooperativeSticky,
  newBalanceStrategyRange,
  newBalanceStrategySticky,
  selectRebalanceProtocol,
} from '../../../../src/client/group/strategies/index.ts'

const own = (name: string, rebalanceProtocol: 'eager' | 'cooperative'): BalanceStrategy => ({
  name,
  rebalanceProtocol,
  plan: () => new Map(),
})

describe('the rebalance protocol of a member', () => {
  it('is eager with eager strategies, cooperative with cooperative ones', () => {
    expect(selectRebalanceProtocol([newBalanceStrategyRange(), newBalanceStrategySticky()])).toBe('eager')
    expect(selectRebalanceProtocol([newBalanceStrategyCooperativeSticky()])).toBe('cooperative')
  })

  it('is eager while a group is on its way from an eager strategy to the cooperative one', () => {
    expect(selectRebalanceProtocol([newBalanceStrategyCooperativeSticky(), newBalanceStrategyRange()])).toBe('eager')
  })

  it('must be one that all strategies share', () => {
    expect(() => selectRebalanceProtocol([own('mine', 'cooperative'), newBalanceStrategyRange()])).toThrow(
      new ConfigurationError(
        'consumer.group.rebalance.groupStrategies have no rebalance protocol in common: mine (cooperative); range (eager)',
      ),
    )
  })

  it('cannot be found without a strategy', () => {
    expect(() => selectRebalanceProtocol([])).toThrow(ConfigurationError)
  })
})
