import { isFrom, type Release } from './release.ts'

/** What turns group protocols on. */
export interface GroupProtocols {
  readonly configs: Readonly<Record<string, string>>
  /** Features whose levels are told at the formatting, `name=level`. */
  readonly features: readonly string[]
}

const PROTOCOLS = 'group.coordinator.rebalance.protocols'

/**
 * Turns on every group protocol that the release has: a preview has to be asked for, what is released is on by itself.
 * @param earlyAccess those too that are there to be tried alone. They take versions of APIs that are not stable, so that the
 * broker advertises more than the release does: share groups in 4.0 (KIP-932), streams groups in 4.1 (KIP-1071)
 */
export function groupProtocols(release: Release, earlyAccess: boolean): GroupProtocols {
  if (!isFrom(release, 4, 0)) return { configs: { [PROTOCOLS]: 'classic,consumer' }, features: [] }
  if (!isFrom(release, 4, 1)) {
    if (!earlyAccess) return { configs: {}, features: [] }
    return { configs: { [PROTOCOLS]: 'classic,consumer,share', 'unstable.api.versions.enable': 'true' }, features: [] }
  }
  if (isFrom(release, 4, 2)) return { configs: {}, features: [] }
  if (!earlyAccess) return { configs: {}, features: ['share.version=1'] }
  return {
    configs: {
      [PROTOCOLS]: 'classic,consumer,streams',
      'unstable.api.versions.enable': 'true',
      'unstable.feature.versions.enable': 'true',
    },
    features: ['share.version=1', 'streams.version=1'],
  }
}
