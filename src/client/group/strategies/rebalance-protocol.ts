import { ConfigurationError } from '../../errors/client-errors.ts'
import {
  type BalanceStrategy,
  type RebalanceProtocol,
  RebalanceProtocolCooperative,
  RebalanceProtocolEager,
} from './strategy.ts'

/**
 * The protocol that all of a member's strategies can take part in, cooperative before eager. So an eager group moves to cooperative
 * rebalances in two rounds of restarts: first with both strategies, then with the cooperative one alone (KIP-429).
 * @throws ConfigurationError when there is none
 */
export function selectRebalanceProtocol(strategies: readonly BalanceStrategy[]): RebalanceProtocol {
  if (strategies.length === 0) {
    throw new ConfigurationError('consumer.group.rebalance.groupStrategies must name at least one strategy')
  }
  for (const protocol of [RebalanceProtocolCooperative, RebalanceProtocolEager]) {
    if (strategies.every((strategy) => supportedProtocols(strategy).includes(protocol))) return protocol
  }
  const named = strategies.map((strategy) => `${strategy.name} (${supportedProtocols(strategy).join(', ')})`)
  throw new ConfigurationError(
    `consumer.group.rebalance.groupStrategies have no rebalance protocol in common: ${named.join('; ')}`,
  )
}

function supportedProtocols(strategy: BalanceStrategy): readonly RebalanceProtocol[] {
  return strategy.supportedProtocols ?? [strategy.rebalanceProtocol]
}
