import { httpError } from '../http/rest-error.ts'
import type { RestCall } from '../http/service.ts'

/** What it speaks, the one that it likes best first. */
const SPOKEN = [
  'application/vnd.schemaregistry.v1+json',
  'application/vnd.schemaregistry+json',
  'application/json',
] as const
/** What it listens to besides: all that is said without a type. */
const ANYTHING = 'application/octet-stream'

/** The content type of the answer: the first that the client accepts. */
export function spokenTo({ headers }: RestCall): string {
  const accepted = typesOf(headers.get('accept') ?? '*/*')
  const isAccepted = (type: string): boolean =>
    accepted.some((one) => one === type || one === 'application/*' || one === '*/*')
  return SPOKEN.find(isAccepted) ?? SPOKEN[0]
}

/** @throws RestError 415 for a body of another content type, as that of `fetch` is which is told none: `text/plain` */
export function checkContentType({ headers }: RestCall): void {
  const [type = ANYTHING] = typesOf(headers.get('content-type') ?? ANYTHING)
  if (type !== ANYTHING && !SPOKEN.some((one) => one === type)) throw httpError(415, 'Unsupported Media Type')
}

/** Media types without what qualifies them. */
function typesOf(header: string): readonly string[] {
  return header.split(',').map((part) => (part.split(';')[0] ?? '').trim().toLowerCase())
}
