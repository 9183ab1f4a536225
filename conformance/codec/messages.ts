/** Every message in every version, random ones, from us to Kafka's classes and back, and from them to us and back. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { apis } from '../../src/protocol/apis.ts'
import type { Message } from '../../src/protocol/message.ts'
import { allVersions } from '../../test/protocol/all-messages.ts'
import { arbitraryMessage } from '../../test/protocol/arbitraries.ts'
import { type Counterpart, counterpart } from '../../test/protocol/counterparts.ts'
import { kafkaJson } from '../../test/protocol/kafka-json.ts'
import { type Findings, type Sampling, shown } from './findings.ts'
import { decodeFramed, encodeFramed } from './framing.ts'
import type { Answer, Kafka, KafkaMessage } from './kafka.ts'

/** How many versions of messages are under way at once: enough that neither side waits for the other. */
const AT_ONCE = 4

/** A version of one of our messages, and the class of a release that is the same. */
interface Pair extends Counterpart {
  readonly kafka: Kafka
  readonly theirs: KafkaMessage
  readonly theirVersion: number
  readonly findings: Findings
}

/** Checks all messages against each of these releases. Each finding goes to the findings of its release. */
export async function checkMessages(releases: ReadonlyMap<Kafka, Findings>, sampling: Sampling): Promise<void> {
  const pairs = new Map<string, Pair[]>()
  for (const [kafka, findings] of releases) {
    checkHeaders(kafka, findings)
    for (const pair of pairsOf(kafka, findings)) {
      const key = `${pair.message.name} ${pair.version}`
      pairs.set(key, [...(pairs.get(key) ?? []), pair])
    }
  }
  const running = new Set<Promise<void>>()
  for (const [message, version] of allVersions) {
    const same = pairs.get(`${message.name} ${version}`)
    if (same === undefined) {
      for (const findings of releases.values()) findings.contradict(`${message.name} v${version}: no release has it`)
      continue
    }
    const checked = checkVersion(message, version, same, sampling)
    running.add(checked)
    checked.finally(() => running.delete(checked)).catch(() => {})
    if (running.size >= AT_ONCE) await Promise.race(running)
  }
  await Promise.all(running)
}

function pairsOf(kafka: Kafka, findings: Findings): Pair[] {
  const pairs: Pair[] = []
  for (const theirs of kafka.messages.values()) {
    for (let version = theirs.lowest; version <= theirs.highest; version++) {
      const ours = counterpart(kafka.release, theirs.name, version)
      if (ours === undefined) findings.contradict(`${theirs.name} v${version}: we have none`)
      else if (typeof ours === 'string') findings.leaveOut(theirs.name, version, ours)
      else pairs.push({ ...ours, kafka, theirs, theirVersion: version, findings })
    }
  }
  return pairs
}

/** Which headers go with a version, and the number by which an API or a record is known. */
function checkHeaders(kafka: Kafka, findings: Findings): void {
  for (const { key, api, version, request, response } of kafka.headers) {
    const ours = apis.get(key)
    const found = `${ours?.requestHeaderVersion(version)} and ${ours?.responseHeaderVersion(version)}`
    if (found === `${request} and ${response}`) findings.headers++
    else findings.contradict(`${api} v${version} has headers ${request} and ${response} by Kafka, ${found} by us`)
  }
  for (const { name, apiKey, framing, highest } of kafka.messages.values()) {
    if (framing !== 'METADATA' && (framing !== 'KEY' || apiKey < 0)) continue
    const ours = counterpart(kafka.release, name, highest)
    if (typeof ours !== 'object' || ours.message.recordType === apiKey) continue
    findings.contradict(`${name} is of type ${apiKey} by Kafka, ${ours.message.recordType} by us`)
  }
}

async function checkVersion(
  message: Message<object>,
  version: number,
  pairs: readonly Pair[],
  sampling: Sampling,
): Promise<void> {
  const values = fc.sample(arbitraryMessage(message, version), { seed: sampling.seed, numRuns: sampling.each })
  // Releases frame the same message alike.
  const written = new Map<KafkaMessage['framing'], Buffer[]>()
  for (const { theirs, findings } of pairs) {
    try {
      const known = written.get(theirs.framing)
      const encode = (value: object) => encodeFramed(theirs.framing, message, value, version)
      written.set(theirs.framing, known ?? values.map(encode))
    } catch (error) {
      findings.contradict(`${message.name} v${version}, seed ${sampling.seed}: we fail to write it: ${error}`)
    }
  }
  await Promise.all(
    pairs.flatMap((pair) => [
      checkOurs(pair, written.get(pair.theirs.framing) ?? [], sampling),
      checkTheirs(pair, sampling),
    ]),
  )
}

async function checkOurs(pair: Pair, messages: readonly Buffer[], sampling: Sampling): Promise<void> {
  const { kafka, theirs, theirVersion, findings } = pair
  const answers = await kafka.readMessages(theirs.name, theirVersion, messages)
  let wrong = 0
  answers.forEach((answer, i) => {
    const bytes = messages[i] as Buffer
    if (difference(pair, bytes, answer) !== undefined) wrong++
  })
  findings.addMessages('written', theirs.name, answers.length, wrong)
  if (wrong > 0) findings.tell(await shrunk(pair, sampling))
}

async function checkTheirs(pair: Pair, { seed, each }: Sampling): Promise<void> {
  const { kafka, theirs, theirVersion, findings } = pair
  const answers = await kafka.makeMessages(theirs.name, theirVersion, seed, each)
  let wrong = 0
  answers.forEach((answer, i) => {
    const bytes = 'bytes' in answer ? answer.bytes : Buffer.alloc(0)
    const found = difference(pair, bytes, answer)
    if (found === undefined) return
    if (wrong++ === 0) findings.tell(`made by Kafka, seed ${seed}, number ${i}: ${found}`)
  })
  findings.addMessages('read', theirs.name, answers.length, wrong)
}

/**
 * What is not the same when both sides read these bytes and write what they read; undefined when all is. Whoever wrote them
 * first, Kafka's answer has the bytes that it wrote.
 */
function difference(pair: Pair, bytes: Buffer, answer: Answer): string | undefined {
  const { message, version, theirs, renamed } = pair
  const explain = (what: string, ours: { readonly bytes?: Buffer; readonly json?: unknown }) =>
    shown(`${theirs.name} v${pair.theirVersion}, ${pair.kafka.release}: ${what}`, bytes, ours, answer)
  if ('error' in answer) return explain('Kafka fails', {})
  let value: object
  let again: Buffer
  try {
    value = decodeFramed(theirs.framing, message, bytes, version)
    again = encodeFramed(theirs.framing, message, value, version)
  } catch (error) {
    return explain(`we fail: ${error}`, {})
  }
  const json = kafkaJson(message, value, version, renamed)
  if (!again.equals(bytes)) return explain('we write other bytes', { bytes: again, json })
  if (!answer.bytes.equals(bytes)) return explain('Kafka writes other bytes', { bytes: again, json })
  if (!sameJson(json, answer.text)) return explain('it means something else', { bytes: again, json })
  return undefined
}

function sameJson(ours: unknown, theirs: string): boolean {
  const parsed: unknown = JSON.parse(theirs)
  // Most often the fields are in the same order, and then text is the quicker way.
  return JSON.stringify(parsed) === JSON.stringify(ours) || isDeepStrictEqual(parsed, ours)
}

/** The smallest of our messages that Kafka takes otherwise. */
async function shrunk(pair: Pair, { seed, each }: Sampling): Promise<string> {
  const { kafka, message, version, theirs, theirVersion } = pair
  let last = 'a difference that does not come again'
  const property = fc.asyncProperty(arbitraryMessage(message, version), async (value) => {
    const bytes = encodeFramed(theirs.framing, message, value, version)
    const [answer] = await kafka.readMessages(theirs.name, theirVersion, [bytes])
    const found = difference(pair, bytes, answer as Answer)
    if (found !== undefined) last = found
    return found === undefined
  })
  const { counterexamplePath } = await fc.check(property, { seed, numRuns: each })
  return `written by us, seed ${seed}, path ${counterexamplePath}: ${last}`
}
