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
  /**
   * How many times the broker has been started: one that registers again without having been started again has only not heard the
   * answer, and keeps its epoch. Kafka's brokers give themselves an incarnation id for that. Left out: it was started again.
   */
  readonly boot?: number
  /** The ids of its log directories. Left out: those that it had, or new ones when it has not been there. */
  readonly logDirs?: readonly string[]
}

const PLAINTEXT = 0
const NO_PREVIOUS_EPOCH = -1

/**
 * BrokerRegistration, KIP-631: a new incarnation of a broker, fenced until it has caught up with the metadata log. Its epoch
 * is the offset at which the log stood. Throws DUPLICATE_BROKER_REGISTRATION while the last incarnation is not fenced.
 *
 * @param repeats whether it is the incarnation that is registered: then nothing has ended, and its epoch stays
 */
export function decideRegistration(
  registration: BrokerRegistration,
  endOffset: number,
  repeats: boolean,
  state: ControllerState,
): MetadataDecision<number> {
  const { nodeId, rack, host, port, previousBrokerEpoch = NO_PREVIOUS_EPOCH } = registration
  const { features, image, random, versions } = state
  const known = image.broker(nodeId)
  const same = repeats ? known : undefined
  const brokerEpoch = same?.epoch ?? endOffset
  if (known?.fenced === false && same === undefined) {
    throw new KafkaError(
      'DUPLICATE_BROKER_REGISTRATION',
      'Another broker is registered with that broker id. If the broker was recently restarted this should self-resolve ' +
        "once the heartbeat manager expires the broker's session.",
    )
  }
  const logDirs = registration.logDirs ?? known?.logDirs ?? [random.uuid()]
  return {
    records: [
      ...(same === undefined ? decideEndOfIncarnation(nodeId, known?.epoch === previousBrokerEpoch, state) : []),
      {
        type: 'RegisterBrokerRecord',
        version: versions.registerBroker,
        value: {
          brokerId: nodeId,
          isMigratingZkBroker: false,
          incarnationId: same?.incarnationId ?? random.uuid(),
          brokerEpoch,
          endPoints: [{ name: 'PLAINTEXT', host, port, securityProtocol: PLAINTEXT }],
          features: features.map(({ name, min, max }) => ({
            name,
            minSupportedVersion: min,
            maxSupportedVersion: max,
          })),
          rack,
          fenced: same?.fenced ?? true,
          inControlledShutdown: same?.inControlledShutdown ?? false,
          logDirs: versions.directories ? [...logDirs] : [],
          cordonedLogDirs: null,
        },
      },
    ],
    answer: brokerEpoch,
  }
}
