import { isAtLeast, type Release } from '../../../protocol/release.ts'

/** In which versions a group coordinator writes the values of its records. */
export interface GroupRecordVersions {
  readonly groupMetadata: number
  readonly offsetCommit: number
  /** The one version that has an expiry of its own, which OffsetCommit v2 to v4 may ask for. */
  readonly offsetCommitWithExpiry: number
}

/**
 * What a release writes: up to 3.9 at the `metadata.version` (before it, the `inter.broker.protocol.version`) that a new
 * cluster of it runs at, as `MetadataVersion.groupMetadataValueVersion` and `offsetCommitValueVersion` say; from 4.0 on
 * whatever that is, as `GroupCoordinatorRecordHelpers` says. The topic's id is in the log since 4.1.
 */
export function groupRecordVersions(release: Release): GroupRecordVersions {
  return {
    groupMetadata: groupMetadataVersion(release),
    offsetCommit: isAtLeast(release, '4.1') ? 4 : isAtLeast(release, '2.1') ? 3 : 1,
    offsetCommitWithExpiry: 1,
  }
}

function groupMetadataVersion(release: Release): number {
  if (isAtLeast(release, '2.3')) return 3
  if (isAtLeast(release, '2.1')) return 2
  return isAtLeast(release, '0.10.1') ? 1 : 0
}
