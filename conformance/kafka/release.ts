/** A release of Kafka that can be run here. */
export interface Release {
  /** As Maven Central calls it: `4.4.0`. */
  readonly version: string
  readonly major: number
  readonly minor: number
}

/** What the user has to change, or what this machine lacks, in one line. */
export class KafkaStartError extends Error {
  override readonly name = 'KafkaStartError'
}

/** Before this one, KRaft had no quorum that is told at the formatting, and the configs below were others. */
const FIRST: readonly [major: number, minor: number] = [3, 9]

/** @throws KafkaStartError for what is not the name of a release from 3.9.0 on */
export function releaseOf(version: string): Release {
  const parts = /^(\d+)\.(\d+)\.\d+(-rc\d+)?$/.exec(version)
  if (parts === null) throw new KafkaStartError(`"${version}" is not a release of Kafka: it takes one such as 4.4.0`)
  const release = { version, major: Number(parts[1]), minor: Number(parts[2]) }
  if (!isFrom(release, ...FIRST)) throw new KafkaStartError(`Kafka ${version} cannot be run here: 3.9.0 and later can`)
  return release
}

/** Whether a release is this one or a later one. */
export function isFrom({ major, minor }: Release, fromMajor: number, fromMinor: number): boolean {
  return major > fromMajor || (major === fromMajor && minor >= fromMinor)
}
