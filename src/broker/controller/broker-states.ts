import { KafkaError } from '../../protocol/errors.ts'
import type { BrokerRegistrationChangeRecord } from '../../protocol/messages/metadata/broker-registration-change-record.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'
import { hasNoLeader, isEligible, isInSync, leaderAndIsrUpdates } from './leader-and-isr.ts'
import type { MetadataRecord } from './metadata-record.ts'
import type { BrokerImage } from './metadata-types.ts'
import { hasEligibleLeaders } from './partition-rules.ts'

const FENCE = 1
const UNFENCE = -1
const ENTERS_CONTROLLED_SHUTDOWN = 1

/**
 * A broker leaves every ISR, and others lead what it led (`ReplicationControlManager.handleBrokerFenced`). Nothing changes
 * when it is fenced already. Throws BROKER_ID_NOT_REGISTERED.
 */
export function decideFencing(nodeId: number, state: ControllerState): MetadataDecision<void> {
  const broker = registered(nodeId, state)
  if (broker.fenced) return { records: [], answer: undefined }
  const updates = leaderAndIsrUpdates(isInSync(nodeId), { leaves: nodeId }, state)
  return { records: [...updates, registrationChange(broker, 0, { fenced: FENCE })], answer: undefined }
}

/** A broker may lead, and does where nobody leads. Nothing changes when it is not fenced. Throws STALE_BROKER_EPOCH. */
export function decideUnfencing(nodeId: number, epoch: number, state: ControllerState): MetadataDecision<void> {
  const broker = checkedBroker(nodeId, epoch, state)
  if (!broker.fenced) return { records: [], answer: undefined }
  const updates = leaderAndIsrUpdates(hasNoLeader, { joins: nodeId }, state)
  return { records: [registrationChange(broker, 0, { fenced: UNFENCE }), ...updates], answer: undefined }
}

/**
 * A broker is about to stop: it leaves as if fenced, but others still fetch from it (`handleBrokerInControlledShutdown`).
 * Nothing changes for one that is fenced or leads nothing. Throws STALE_BROKER_EPOCH.
 */
export function decideControlledShutdown(
  nodeId: number,
  epoch: number,
  state: ControllerState,
): MetadataDecision<void> {
  const broker = checkedBroker(nodeId, epoch, state)
  // Whoever leads nothing is fenced straight away.
  if (broker.fenced || !leads(nodeId, state)) return { records: [], answer: undefined }
  const updates = leaderAndIsrUpdates(isInSync(nodeId), { leaves: nodeId }, state)
  const change = registrationChange(broker, 1, { inControlledShutdown: ENTERS_CONTROLLED_SHUTDOWN })
  return { records: broker.inControlledShutdown ? updates : [change, ...updates], answer: undefined }
}

/** UnregisterBroker, KIP-746 (3.0): a broker is forgotten, whether it runs or not. Throws BROKER_ID_NOT_REGISTERED. */
export function decideUnregistration(nodeId: number, state: ControllerState): MetadataDecision<void> {
  const { epoch: brokerEpoch } = registered(nodeId, state)
  return {
    records: [
      ...leaderAndIsrUpdates(isInSync(nodeId), { leaves: nodeId }, state),
      ...leaderAndIsrUpdates(isEligible(nodeId), { leaves: nodeId }, state),
      { type: 'UnregisterBrokerRecord', version: 0, value: { brokerId: nodeId, brokerEpoch } },
    ],
    answer: undefined,
  }
}

/**
 * What becomes of the partitions of a broker whose last incarnation is over (`handleBrokerShutdown`). With eligible leader
 * replicas one that did not stop in order may have lost records, and is eligible no more (KIP-966).
 */
export function decideEndOfIncarnation(nodeId: number, clean: boolean, state: ControllerState): MetadataRecord[] {
  if (clean || !hasEligibleLeaders(state)) return leaderAndIsrUpdates(isInSync(nodeId), { leaves: nodeId }, state)
  return [
    ...leaderAndIsrUpdates(isInSync(nodeId), { died: nodeId }, state),
    ...leaderAndIsrUpdates(isEligible(nodeId), { died: nodeId }, state),
  ]
}

/** The broker, if this is its epoch. Throws STALE_BROKER_EPOCH. */
export function checkedBroker(nodeId: number, epoch: number, { image }: ControllerState): BrokerImage {
  const broker = image.broker(nodeId)
  if (broker === undefined) {
    throw new KafkaError('STALE_BROKER_EPOCH', `No broker registration found for broker id ${nodeId}`)
  }
  if (broker.epoch !== epoch) {
    throw new KafkaError('STALE_BROKER_EPOCH', `Expected broker epoch ${broker.epoch}, but got broker epoch ${epoch}`)
  }
  return broker
}

function leads(nodeId: number, { image }: ControllerState): boolean {
  return [...image.topics()].some(({ partitions }) => partitions.some(({ leader }) => leader === nodeId))
}

function registered(nodeId: number, { image }: ControllerState): BrokerImage {
  const broker = image.broker(nodeId)
  if (broker === undefined) {
    throw new KafkaError('BROKER_ID_NOT_REGISTERED', `Broker ID ${nodeId} is not currently registered`)
  }
  return broker
}

function registrationChange(
  { id: brokerId, epoch: brokerEpoch }: BrokerImage,
  version: number,
  change: Partial<BrokerRegistrationChangeRecord>,
): MetadataRecord {
  const value = { brokerId, brokerEpoch, fenced: 0, inControlledShutdown: 0, logDirs: [], cordonedLogDirs: null }
  return { type: 'BrokerRegistrationChangeRecord', version, value: { ...value, ...change } }
}
