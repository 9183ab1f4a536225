import type { ControllerState, MetadataDecision } from './decision.ts'

/** How a broker presents itself to the controller. */
export interface BrokerRegistration {
  readonly nodeId: number
  readonly rack: string | null
  /** Where its listener is reached. */
  readonly host: string
  readonly port: number
}

const PLAINTEXT = 0
const UNFENCE = -1

/** BrokerRegistration and the first BrokerHeartbeat: the broker's epoch is the offset of its registration. */
export function decideRegistration(
  { nodeId, rack, host, port }: BrokerRegistration,
  endOffset: number,
  { features, image, random, versions }: ControllerState,
): MetadataDecision<number> {
  const brokerEpoch = endOffset
  const known = image.broker(nodeId)
  const logDirs = known?.logDirs ?? [random.uuid()]
  return {
    records: [
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
      {
        type: 'BrokerRegistrationChangeRecord',
        version: 0,
        value: {
          brokerId: nodeId,
          brokerEpoch,
          fenced: UNFENCE,
          inControlledShutdown: 0,
          logDirs: [],
          cordonedLogDirs: null,
        },
      },
    ],
    answer: brokerEpoch,
  }
}
