/** What a proxy reads in the answers of upstream, and changes in them. */
import type { Struct } from '../intercept/entity-layout.ts'
import { apis } from '../protocol/apis.ts'
import { ErrorCode } from '../protocol/errors.ts'
import type { HostPort } from '../protocol/host-port.ts'
import { type AnyApi, ProtocolError } from '../protocol/message.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'
import { DescribeQuorum } from '../protocol/messages/describe-quorum.ts'
import { ResponseHeader } from '../protocol/messages/response-header.ts'
import { Fault } from '../protocol/protocol-error.ts'
import { tellsAddressesIn, withAddresses } from './addresses.ts'
import { AnswerEnd } from './answer-end.ts'
import { Layouts } from './bytes/layout.ts'
import { merged } from './bytes/merge.ts'
import { LENGTH_BYTES } from './frame-cutter.ts'
import { type UnknownApis, withServedVersions } from './served-versions.ts'

/** Says where clients find a node; undefined where nobody listens in front of it yet. */
export type Finds = (nodeId: number, upstream: HostPort) => HostPort | undefined

/** A node that an answer tells of, and in front of which nobody listens. */
export type Unheard = HostPort & {
  readonly nodeId: number
  /** It is a controller, where no client goes for records. */
  readonly isController: boolean
}

/** What an answer comes to, in pieces; or the nodes that it tells of, and in front of which nobody listens yet. */
export type Rewritten = readonly Buffer[] | { readonly unheard: readonly Unheard[] }

/** Reads and writes frames, with the length before each. */
export class Frames {
  private readonly layouts = new Layouts()
  private readonly ends = new Map<AnyApi, (AnswerEnd | undefined)[]>()

  /** Where the message of an answer begins. */
  private bodyOf(api: AnyApi, version: number, frame: Buffer): number {
    return ResponseHeader.decodePart(frame, api.responseHeaderVersion(version), LENGTH_BYTES).end
  }

  /** @throws ProtocolError when it cannot be read */
  decode(api: AnyApi, version: number, frame: Buffer): Struct {
    const read = versionOfAnswer(api, version, frame)
    return api.response.decode(frame, read, this.bodyOf(api, read, frame), 'ignore') as Struct
  }

  /** An answer that was changed, with all that was not as it came. */
  changed(api: AnyApi, version: number, frame: Buffer, before: Struct, after: Struct): Buffer[] {
    const written = versionOfAnswer(api, version, frame)
    const at = this.bodyOf(api, written, frame)
    return this.pieced(frame, at, merged(this.layouts.of(api.response, written), frame, at, before, after))
  }

  /** A request that was changed, with all that was not as it came. @param at where its message begins */
  changedRequest(api: AnyApi, version: number, frame: Buffer, at: number, before: object, after: object): Buffer[] {
    return this.pieced(frame, at, merged(this.layouts.of(api.request, version), frame, at, before, after))
  }

  /** The end of an answer, where it tells addresses there and nowhere else. */
  endOf(api: AnyApi, version: number): AnswerEnd | undefined {
    const tells = tellsAddressesIn(api.key, version)
    if (tells === undefined || tells === 'somewhere') return undefined
    let versions = this.ends.get(api)
    if (versions === undefined) {
      versions = []
      this.ends.set(api, versions)
    }
    versions[version] ??= new AnswerEnd(this.layouts.of(api.response, version), tells.listAtEnd)
    return versions[version]
  }

  /** Whether there are addresses in an answer, which need not be decoded for that. */
  hasAddresses(api: AnyApi, version: number, frame: Buffer): boolean {
    const end = this.endOf(api, version)
    if (end === undefined) return tellsAddressesIn(api.key, version) !== undefined
    return readable(api, version, () => end.tells(end.read(frame.subarray(end.startIn(frame)))))
  }

  /**
   * An answer that tells clients where they find nodes in front of them; the same frame where it has no addresses. Where nobody listens in front
   * of a node yet, the nodes that this is so of.
   */
  rewritten(api: AnyApi, version: number, frame: Buffer, find: Finds): Rewritten {
    if (!this.hasAddresses(api, version, frame)) return [frame]
    const before = this.decode(api, version, frame)
    const after = moved(api, version, before, find)
    if (Array.isArray(after)) return { unheard: after }
    return after === before ? [frame] : this.changed(api, version, frame, before, after)
  }

  /** The end of an answer the rest of which has gone already, in as many bytes. */
  rewrittenEnd(api: AnyApi, version: number, bytes: Buffer, find: Finds): Rewritten {
    return readable(api, version, () => {
      const end = this.endOf(api, version) as AnswerEnd
      const before = end.read(bytes)
      const after = moved(api, version, before, find)
      if (Array.isArray(after)) return { unheard: after }
      return after === before ? [bytes] : end.inPlaceOf(bytes, before, after)
    })
  }

  /** An answer to ApiVersions that tells of no more than a proxy sees through. */
  served(version: number, frame: Buffer, unknown: UnknownApis): readonly Buffer[] {
    const api = ApiVersions as unknown as AnyApi
    const before = this.decode(api, version, frame)
    const after = withServedVersions(before, unknown)
    return after === before ? [frame] : this.changed(api, version, frame, before, after)
  }

  private pieced(frame: Buffer, at: number, pieces: readonly Buffer[]): Buffer[] {
    const size = pieces.reduce((sum, { length }) => sum + length, at - LENGTH_BYTES)
    const head = Buffer.from(frame.subarray(0, at))
    head.writeInt32BE(size, 0)
    return [head, ...pieces]
  }
}

/** What is told of nodes, with where clients find them; or those that nobody listens in front of. */
function moved(api: AnyApi, version: number, before: Struct, find: Finds): Struct | Unheard[] {
  const unheard: Unheard[] = []
  const after = withAddresses(api, version, before, (nodeId, address) => {
    const found = find(nodeId, address)
    if (found === undefined) unheard.push({ ...address, nodeId, isController: api.key === DescribeQuorum.key })
    return found
  })
  return unheard.length > 0 ? unheard : after
}

/** @throws ProtocolError for an answer that cannot be read */
export function readable<T>({ response }: AnyApi, version: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new ProtocolError(response.name, version, error.path, error.offset, error.message)
  }
}

/** KIP-511: a version of ApiVersions that the broker does not know is answered in version 0. */
function versionOfAnswer(api: AnyApi, version: number, frame: Buffer): number {
  if (api.key !== ApiVersions.key) return version
  const at = LENGTH_BYTES + 4
  return frame.length >= at + 2 && frame.readInt16BE(at) === ErrorCode.UNSUPPORTED_VERSION ? 0 : version
}

/** An API by its key, where memkafka knows it in a version. */
export function knownApi(apiKey: number, version: number): AnyApi | undefined {
  const api = apis.get(apiKey)
  return api !== undefined && version >= api.versions.min && version <= api.versions.max ? api : undefined
}
