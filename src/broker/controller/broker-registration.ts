import { KafkaError } from '../../protocol/errors.ts'
import { decideEndOfIncarnation } from './broker-states.ts'
import type { ControllerState, MetadataDecision } from './decision.ts'

/** How a broker presents itself to the controller. */
export interface BrokerRegistration {
  readonly nodeId: number
  readonly rack: string | null
  /** Where its listener is reached. */
  readonly host: string
  readonly port: number
  /** The broker epoch that it stopped with in order, as its disk has it (KIP-966). Left out: it did not stop in order. */
  readonly previousBrokerEpoch?: number
  /** The ids of its log directories. Left out: those that it had, or new ones when it has not been there. */
  readonly logDirs?: readonly string[]
}

const PLAINTEXT = 0
const NO_PREVIOUS_EPOCH = -1

/**
 * BrokerRegistration, KIP-631: a new incarnation of a broker, fenced until it has caught up with the metadata log. Its epoch
 * is the offset at which the log stood. Throws DUPLICATE_BROKER_REGISTRATION while the last incarnation is not fenced.
 */
export function decideRegistration(
  registration: BrokerRegistration,
  endOffset: number,
  state: ControllerState,
): MetadataDecision<number> {
  const { nodeId, rack, host, port, previousBrokerEpoch = NO_PREVIOUS_EPOCH } = registration
  const { features, image, random, versions } = state
  const brokerEpoch = endOffset
  const known = image.broker(nodeId)
  if (known?.fenced === false) {
    throw new KafkaError(
      'DUPLICATE_BROKER_REGISTRATION',
      'Another broker is registered with that broker id. If the broker was recently restarted this should self-resolve ' +
        "once the heartbeat manager expires the broker's session.",
    )
  }
  const logDirs = registration.logDirs ?? known?.logDirs ?? [random.uuid()]
  return {
    records: [
      ...decideEndOfIncarnation(nodeId, known?.epoch === previousBrokerEpoch, state),
      {
        type: 'RegisterBrokerRecord',
        version: versions.registerBroker,
        value: {
          brokerId: nodeId,
          isMigratingZkBroker: false,
          incarnationId: random.uuid(),
          brokerEpoch,
          endPoints: [{ name: 'PLAINTEXT', host, port, securityProtocol: PLAINTEXT }],
          features: features.map(({ name, min, max }) => ({
            name,
            minSupportedVersion: min,
            maxSupportedVersion: max,
          })),
          rack,
          fenced: true,
          inControlledShutdown: false,
          logDirs: versions.directories ? [...logDirs] : [],
          cordonedLogDirs: null,
        },
      },
    ],
    answer: brokerEpoch,
  }
}
