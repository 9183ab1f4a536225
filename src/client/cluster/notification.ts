/** The partitions of each topic. */
export type Subscriptions = Record<string, number[]>

export type NotificationType = 'rebalance start' | 'rebalance OK' | 'rebalance error'
/** The member has stopped reading, and joins its group again. */
export const RebalanceStart: NotificationType = 'rebalance start'
/** The member knows what it is to read. */
export const RebalanceOK: NotificationType = 'rebalance OK'
/** The member could not join; it tries again. */
export const RebalanceError: NotificationType = 'rebalance error'

/** What a rebalance has changed. */
export interface Notification {
  readonly type: NotificationType
  /** What the member has got in this rebalance and had not before. */
  readonly claimed: Subscriptions
  /** What it had before and has not got again. */
  readonly released: Subscriptions
  /** What it has now; of a start, what it had. */
  readonly current: Subscriptions
}

export function rebalanceStarts(current: Subscriptions): Notification {
  return { type: RebalanceStart, claimed: {}, released: {}, current }
}

export function rebalanceFails(current: Subscriptions): Notification {
  return { type: RebalanceError, claimed: {}, released: {}, current }
}

export function rebalanceSucceeds(before: Subscriptions, current: Subscriptions): Notification {
  return { type: RebalanceOK, claimed: without(current, before), released: without(before, current), current }
}

function without(all: Subscriptions, those: Subscriptions): Subscriptions {
  const rest = Object.entries(all).map(
    ([topic, partitions]) => [topic, partitions.filter((one) => !those[topic]?.includes(one))] as const,
  )
  return Object.fromEntries(rest.filter(([, partitions]) => partitions.length > 0))
}
