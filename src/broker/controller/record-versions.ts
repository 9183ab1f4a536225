/** In which versions the controller writes its records (`MetadataVersion`). */
export interface RecordVersions {
  readonly registerBroker: number
  readonly partition: number
  /** Whether records name the log directories of replicas, KIP-858. */
  readonly directories: boolean
  /** Whether a leader epoch begins when an ISR shrinks, KAFKA-15021. */
  readonly newEpochOnShrink: boolean
  /** Whether log directories can be cordoned, KIP-1066. */
  readonly cordoning: boolean
  /** Whether the first records stand in a metadata transaction, KIP-866. */
  readonly transactions: boolean
}

/** The versions at a level of the feature `metadata.version`. */
export function recordVersions(metadataVersion: number): RecordVersions {
  const directories = metadataVersion >= MetadataVersion['3.7-IV2']
  return {
    registerBroker: registerBrokerVersion(metadataVersion),
    partition: metadataVersion >= MetadataVersion['4.0-IV1'] ? 2 : directories ? 1 : 0,
    directories,
    newEpochOnShrink: metadataVersion < MetadataVersion['3.6-IV0'],
    cordoning: metadataVersion >= MetadataVersion['4.3-IV0'],
    transactions: metadataVersion >= MetadataVersion['3.6-IV1'],
  }
}

/** Tells the versions at the level that `metadata.version` has whenever it is asked. */
export function versionsAsOf(level: () => number): () => RecordVersions {
  let known = level()
  let versions = recordVersions(known)
  return () => {
    const now = level()
    if (now !== known) {
      known = now
      versions = recordVersions(now)
    }
    return versions
  }
}

/** Levels of `metadata.version` that changed what is written. */
const MetadataVersion = {
  '3.4-IV0': 8,
  '3.6-IV0': 12,
  '3.6-IV1': 13,
  '3.7-IV2': 17,
  '4.0-IV1': 23,
  '4.3-IV0': 30,
} as const

/** Levels of `metadata.version` that brought records, or fields of records, which the one before it cannot read. */
const METADATA_CHANGES: readonly number[] = [1, 3, 5, 6, 7, 8, 11, 13, 14, 15, 17, 23, 30, 32, 33]

/** Whether metadata might be lost on the way down from a level to a lower one (`MetadataVersion.checkIfMetadataChanged`). */
export function migratesMetadata(lower: number, higher: number): boolean {
  return METADATA_CHANGES.some((level) => level > lower && level <= higher)
}

function registerBrokerVersion(metadataVersion: number): number {
  if (metadataVersion >= MetadataVersion['4.3-IV0']) return 4
  if (metadataVersion >= MetadataVersion['3.7-IV2']) return 3
  return metadataVersion >= MetadataVersion['3.4-IV0'] ? 2 : 1
}
