import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Which headers go with a version of an API, by a release of Kafka. */
export interface GoldenHeaders {
  readonly api: string
  readonly version: number
  readonly request: number
  readonly response: number
}

/** A value of a message as a release of Kafka itself wrote it. */
export interface GoldenCase {
  readonly name: string
  readonly version: number
  readonly kind: string
  readonly bytes: Buffer
  readonly json: unknown
}

type Line = readonly [name: string, version: number, kind: string, hex: string, json: unknown]

/** What conformance/codec/java/GoldenMessages.java wrote with a release: values of messages, and the versions of their headers. */
export function golden(release: string): {
  readonly cases: readonly GoldenCase[]
  readonly headers: readonly GoldenHeaders[]
} {
  const text = gunzipSync(readFileSync(join(import.meta.dirname, `golden/kafka-${release}.tsv.gz`))).toString()
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line): Line => {
      const [name = '', version, kind = '', hex = '', json = ''] = line.split('\t')
      return [name, Number(version), kind, hex, JSON.parse(json)]
    })
  const cases = lines.filter(([, , kind]) => kind !== 'HEADERS')
  const headers = lines.filter(([, , kind]) => kind === 'HEADERS')
  return {
    cases: cases.map(([name, version, kind, hex, json]) => ({
      name,
      version,
      kind,
      bytes: Buffer.from(hex, 'hex'),
      json,
    })),
    headers: headers.map(([api, version, , , json]) => ({
      api,
      version,
      ...(json as { request: number; response: number }),
    })),
  }
}
