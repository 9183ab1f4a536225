import { releaseOf, releases } from '../../protocol/release.ts'

/** The oldest release that a client can be told to keep to. */
export const MinVersion = '0.8.2.0'
/** The newest release whose versions a client knows. */
export const MaxVersion: string = releases.at(-1) ?? MinVersion

/**
 * Whether a release is that one or a later one: `isAtLeast('2.8.1', '2.8')`.
 * @throws RangeError for what is no release
 */
export function isAtLeast(version: string, other: string): boolean {
  const left = numbersOf(version)
  const right = numbersOf(other)
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

/**
 * Checks that a text names a release, and returns it (Sarama's ParseKafkaVersion).
 * @throws RangeError that names the releases there are
 */
export function parseKafkaVersion(version: string): string {
  releaseOf(version)
  return version
}

function numbersOf(version: string): number[] {
  return parseKafkaVersion(version).split('.').map(Number)
}

/** The releases by Sarama's names for them. */
export const V0_8_2_0 = '0.8.2.0'
export const V0_8_2_1 = '0.8.2.1'
export const V0_8_2_2 = '0.8.2.2'
export const V0_9_0_0 = '0.9.0.0'
export const V0_9_0_1 = '0.9.0.1'
export const V0_10_0_0 = '0.10.0.0'
export const V0_10_0_1 = '0.10.0.1'
export const V0_10_1_0 = '0.10.1.0'
export const V0_10_1_1 = '0.10.1.1'
export const V0_10_2_0 = '0.10.2.0'
export const V0_10_2_1 = '0.10.2.1'
export const V0_10_2_2 = '0.10.2.2'
export const V0_11_0_0 = '0.11.0.0'
export const V0_11_0_1 = '0.11.0.1'
export const V0_11_0_2 = '0.11.0.2'
export const V1_0_0_0 = '1.0.0'
export const V1_0_1_0 = '1.0.1'
export const V1_0_2_0 = '1.0.2'
export const V1_1_0_0 = '1.1.0'
export const V1_1_1_0 = '1.1.1'
export const V2_0_0_0 = '2.0.0'
export const V2_0_1_0 = '2.0.1'
export const V2_1_0_0 = '2.1.0'
export const V2_1_1_0 = '2.1.1'
export const V2_2_0_0 = '2.2.0'
export const V2_2_1_0 = '2.2.1'
export const V2_2_2_0 = '2.2.2'
export const V2_3_0_0 = '2.3.0'
export const V2_3_1_0 = '2.3.1'
export const V2_4_0_0 = '2.4.0'
export const V2_4_1_0 = '2.4.1'
export const V2_5_0_0 = '2.5.0'
export const V2_5_1_0 = '2.5.1'
export const V2_6_0_0 = '2.6.0'
export const V2_6_1_0 = '2.6.1'
export const V2_6_2_0 = '2.6.2'
export const V2_6_3_0 = '2.6.3'
export const V2_7_0_0 = '2.7.0'
export const V2_7_1_0 = '2.7.1'
export const V2_7_2_0 = '2.7.2'
export const V2_8_0_0 = '2.8.0'
export const V2_8_1_0 = '2.8.1'
export const V2_8_2_0 = '2.8.2'
export const V3_0_0_0 = '3.0.0'
export const V3_0_1_0 = '3.0.1'
export const V3_0_2_0 = '3.0.2'
export const V3_1_0_0 = '3.1.0'
export const V3_1_1_0 = '3.1.1'
export const V3_1_2_0 = '3.1.2'
export const V3_2_0_0 = '3.2.0'
export const V3_2_1_0 = '3.2.1'
export const V3_2_2_0 = '3.2.2'
export const V3_2_3_0 = '3.2.3'
export const V3_3_0_0 = '3.3.0'
export const V3_3_1_0 = '3.3.1'
export const V3_3_2_0 = '3.3.2'
export const V3_4_0_0 = '3.4.0'
export const V3_4_1_0 = '3.4.1'
export const V3_5_0_0 = '3.5.0'
export const V3_5_1_0 = '3.5.1'
export const V3_5_2_0 = '3.5.2'
export const V3_6_0_0 = '3.6.0'
export const V3_6_1_0 = '3.6.1'
export const V3_6_2_0 = '3.6.2'
export const V3_7_0_0 = '3.7.0'
export const V3_7_1_0 = '3.7.1'
export const V3_7_2_0 = '3.7.2'
export const V3_8_0_0 = '3.8.0'
export const V3_8_1_0 = '3.8.1'
export const V3_9_0_0 = '3.9.0'
export const V3_9_1_0 = '3.9.1'
export const V3_9_2_0 = '3.9.2'
export const V4_0_0_0 = '4.0.0'
export const V4_0_1_0 = '4.0.1'
export const V4_1_0_0 = '4.1.0'
export const V4_1_1_0 = '4.1.1'
export const V4_1_2_0 = '4.1.2'
export const V4_2_0_0 = '4.2.0'
export const V4_2_1_0 = '4.2.1'
export const V4_3_0_0 = '4.3.0'
export const V4_3_1_0 = '4.3.1'
export const V4_4_0_0 = '4.4.0'
