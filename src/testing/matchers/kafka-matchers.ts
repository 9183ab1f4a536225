import type { RecordsAsText, RecordsOptions } from '../../broker/handles/records/records-options.ts'
import type { WaitOptions } from '../../broker/handles/waits/limited-waits.ts'
import type { RequestHandler, RequestMatcher } from '../../intercept/handler.ts'
import type { ExpectedCommit, ExpectedOffsets } from './commit-pattern.ts'
import type { ExpectedNumber, RecordExpectation } from './expected-record.ts'
import type { ExpectedMember } from './member-pattern.ts'

/** How many are expected, and for how long they are waited for. */
export interface CountOptions extends WaitOptions {
  /** Exactly so many, once the cluster, or the proxy, is quiet. Default: one or more. */
  readonly times?: number
}

/** How records are read, how many are expected, and for how long they are waited for. */
export type RecordMatcherOptions = RecordsOptions<unknown, unknown> & CountOptions

/** How records are read and compared, and for how long they are waited for. */
export interface RecordsMatcherOptions extends RecordsOptions<unknown, unknown>, WaitOptions {
  /** Whether the records of a partition have to stand in the order of the list. Default: true. */
  readonly ordered?: boolean
}

/** How many records a group is behind, in all or by topic. */
export type ExpectedLag = ExpectedNumber | Readonly<Record<string, ExpectedNumber>>

/** Of what a lag is expected, and for how long it is waited for. */
export interface LagOptions extends WaitOptions {
  /** Default: every topic that the group reads. */
  readonly topic?: string
}

/**
 * What can be expected of a cluster, and, as far as requests and handlers go, of a `KafkaProxy`. Every one is awaited. What is expected is waited for, 2 s
 * unless the option `timeout` or the cluster's `waitTimeout` say otherwise; what is `.not` expected, and that there is not too much of it, is looked at once
 * the cluster is quiet: nothing is on its way to a broker or from it, and for some turns of the event loop nothing arrives. Whoever waits for records, for
 * time or at a gate is quiet, too. What code does by itself before it turns to a broker nobody can know: await it first.
 *
 * A proxy is quiet once every request is answered that came in by it, and for some turns of the event loop no other comes. What a handler holds is quiet there, too; what
 * upstream may let wait (a Fetch for records, a JoinGroup for members) is when its option `settleTime` is over, 500 ms if it says nothing else.
 */
export interface KafkaMatchers<Result = Promise<void>> {
  /**
   * Of a topic or a partition: a record is there that is as expected, whatever else is there. Without an expectation: any record.
   *
   * ```ts
   * await expect(cluster.topic('orders')).toHaveRecord({ key: 'order-1', value: { total: 3 } })
   * await expect(cluster.topic('orders')).toHaveRecord({ key: 'order-1' }, { times: 1 })
   * ```
   */
  toHaveRecord<const O extends RecordMatcherOptions = RecordsAsText>(
    expected?: RecordExpectation<O>,
    options?: O,
  ): Result
  /**
   * Of a topic or a partition: exactly so many records are there, or exactly these. Kafka keeps the order within a partition: there they have to stand as they
   * are listed, while records of several partitions may lie between each other in any way. Without an expectation: any records.
   *
   * ```ts
   * await expect(cluster.topic('orders')).toHaveRecords([{ value: 'placed' }, { value: 'paid' }])
   * await expect(cluster.topic('orders.DLT')).not.toHaveRecords()
   * ```
   */
  toHaveRecords<const O extends RecordsMatcherOptions = RecordsAsText>(
    expected?: number | readonly RecordExpectation<O>[],
    options?: O,
  ): Result
  /**
   * Of a group: it has committed so much of each of these topics, in all or in each partition; or these commits, whatever else it has committed. Without an
   * expectation: anything.
   *
   * ```ts
   * await expect(cluster.group('billing')).toHaveCommitted({ orders: 3 })
   * await expect(cluster.group('billing')).toHaveCommitted({ orders: { 0: 2, 1: 1 } })
   * await expect(cluster.group('billing')).toHaveCommitted({ topic: 'orders', partition: 0, offset: 2, metadata: 'by hand' })
   * ```
   */
  toHaveCommitted(
    expected?: ExpectedCommit | readonly ExpectedCommit[] | ExpectedOffsets,
    options?: WaitOptions,
  ): Result
  /**
   * Of a group: so many records lie between what it has committed and the ends of the partitions that it reads, in all or in each of these topics. A group that
   * has committed nothing and reads nothing has no lag, not even 0.
   *
   * ```ts
   * await expect(cluster.group('billing')).toHaveLag(0)
   * ```
   */
  toHaveLag(expected: ExpectedLag, options?: LagOptions): Result
  /**
   * Of a group: it has exactly so many members, or exactly these, by their client ids or by what is told of them, in whichever order. Without an expectation: any.
   *
   * ```ts
   * await expect(cluster.group('billing')).toHaveMembers(['billing-1', 'billing-2'])
   * ```
   */
  toHaveMembers(expected?: number | readonly ExpectedMember[], options?: WaitOptions): Result
  /**
   * Of a cluster, a broker or a proxy: such a request has come, as its timeline tells (`KafkaCluster.start({ timeline: true })`,
   * `KafkaProxy.start({ upstream, timeline: true })`), which keeps no requests themselves: what asks for more than API, version, client,
   * broker, topic, partition, group and transactional id is refused; `toHaveFired` of a handler that returns nothing serves.
   *
   * ```ts
   * await expect(cluster).toHaveReceivedRequest(kafka.offsetCommit({ group: 'billing' }))
   * await expect(cluster.broker(1)).not.toHaveReceivedRequest('Produce')
   * await expect(proxy).toHaveReceivedRequest(kafka.produce({ topic: 'orders' }), { times: 2 })
   * ```
   */
  toHaveReceivedRequest(expected: RequestMatcher | string, options?: CountOptions): Result
  /**
   * Of a cluster or a proxy: a handler that it uses has acted, or a scenario that is one, once or more, or so many times. It knows of the last thousand.
   *
   * ```ts
   * await expect(cluster).toHaveFired(handler, { times: 2 })
   * await expect(cluster).toHaveFired(scenarios.duplicateDelivery(cluster, { group: 'billing' }))
   * await expect(proxy).toHaveFired(handler)
   * ```
   */
  toHaveFired(handler: RequestHandler | { readonly handler: RequestHandler }, options?: CountOptions): Result
}
