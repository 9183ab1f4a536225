/** What a test reaches for besides the cluster itself. */
export type {
  HandlerCall,
  HandlerOptions,
  InterceptedRequest,
  Match,
  Passthrough,
  RequestHandler,
  RequestMatcher,
  Resolution,
  ResolverInfo,
} from '../intercept/handler.ts'
export { type At, type Corruption, KafkaResponse, type Trickle } from '../intercept/kafka-response.ts'
export type { AnyPredicate, RequestPredicate, Resolver } from '../intercept/made-handler.ts'
export type { GateOptions, HeldRequest, RequestGate } from '../intercept/request-gate.ts'
export { type RespondOptions, type RespondPredicate, respond } from '../intercept/respond.ts'
export { KafkaProxy, type ProxiedBroker } from '../proxy/kafka-proxy.ts'
export type { KafkaProxyOptions } from '../proxy/options.ts'
export { UpstreamError } from '../proxy/probe.ts'
export * from './apis.ts'
export { connectCluster } from './connect-cluster.ts'
export {
  type InterceptKafkaOptions,
  interceptKafka,
  type KafkaInterception,
} from './intercept-kafka/intercept-kafka.ts'
export { type AllWord, type KafkaWord, type KafkaWords, kafka } from './kafka.ts'
export {
  type CountOptions,
  type ExpectedCommit,
  type ExpectedHeader,
  type ExpectedLag,
  type ExpectedMember,
  type ExpectedNumber,
  type ExpectedOffsets,
  type ExpectedPart,
  type ExpectedRecord,
  type KafkaMatchers,
  type LagOptions,
  type MatcherContext,
  type MatcherResult,
  matchers,
  type RecordExpectation,
  type RecordMatcherOptions,
  type RecordsMatcherOptions,
} from './matchers/index.ts'
export { type QuickKafkaJs, quickKafkaJs } from './quick-kafkajs.ts'
export type { ConnectOptions, RealCluster } from './real/real-cluster.ts'
export * from './scenarios/index.ts'
export * as scenarios from './scenarios/index.ts'
export type {
  PartitionOffsets,
  TestCluster,
  TestGroup,
  TestPartition,
  TestRecords,
  TestTopic,
  TestTransaction,
} from './test-cluster.ts'
