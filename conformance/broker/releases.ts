import { NEWEST, NEWEST_3 } from '../kafka/kafka.ts'

/** The releases of Kafka that answers are compared with: the newest, and the last that knows what 4.0 removed. */
export const releases: readonly string[] = [NEWEST, NEWEST_3]

/** What memkafka is told to pass for: '4.4' for '4.4.0'. */
export function releaseName(release: string): string {
  return release.replace(/\.\d+$/, '')
}
