import { ErrorCode } from '../../protocol/errors.ts'
import type { ApiVersionsRequest, ApiVersionsResponse } from '../../protocol/messages/api-versions.ts'
import { ApiVersions } from '../../protocol/messages/api-versions.ts'
import { isAtLeast } from '../../protocol/release.ts'
import type { Broker } from '../broker.ts'
import { type Handler, handler } from './handler.ts'

/** What Kafka accepts as the name or version of a client's software. */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/**
 * ApiVersions, KIP-35 (0.10.0): what this broker serves.
 *
 * v3 KIP-511: the client names its software. v4: features whose minimum is 0 are shown as well. v5 KIP-1242: a client
 * that means another cluster or node is told to look again.
 */
export const apiVersions: Handler<ApiVersionsRequest, ApiVersionsResponse> = handler(
  ApiVersions,
  (request, { version, broker }) => {
    if (!isValid(request, version)) return { errorCode: ErrorCode.INVALID_REQUEST }
    const { clusterId, nodeId } = request
    if (clusterId !== null && (clusterId !== broker.clusterId || nodeId !== broker.nodeId)) {
      return { errorCode: ErrorCode.REBOOTSTRAP_REQUIRED }
    }

    const features = broker.features.filter((feature) => version > 3 || feature.min > 0)
    return {
      apiKeys: broker.served.listed,
      supportedFeatures: features.map(({ name, min, max }) => ({ name, minVersion: min, maxVersion: max })),
      finalizedFeaturesEpoch: featuresEpoch(broker),
      finalizedFeatures: [...broker.image.features()].map(([name, level]) => ({
        name,
        minVersionLevel: level,
        maxVersionLevel: level,
      })),
    }
  },
)

/**
 * How new what is finalized is: in KRaft, how much of the metadata log the broker has. KIP-584 (2.7): under ZooKeeper, how often
 * it was changed, which it never is here; before, nobody told.
 */
function featuresEpoch({ release, image }: Broker): number {
  if (release.kraft) return image.offset
  return isAtLeast(release, '2.7') ? 0 : -1
}

function isValid(request: ApiVersionsRequest, version: number): boolean {
  // KIP-1242: whoever names the cluster names the node as well.
  if (version >= 5 && (request.clusterId === null) !== (request.nodeId === -1)) return false
  return version < 3 || (SOFTWARE.test(request.clientSoftwareName) && SOFTWARE.test(request.clientSoftwareVersion))
}
