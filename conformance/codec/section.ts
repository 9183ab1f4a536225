import { allMessages, allVersions } from '../../test/protocol/all-messages.ts'
import type { Direction, Findings, Sampling } from './findings.ts'

const ways: { readonly [direction in Direction]: string } = {
  written: 'written here, read by Kafka',
  read: 'made by Kafka, read here',
}

/** What is true unless something is told to the contrary. */
const everything = ` Each of the
${allVersions.length} versions of memkafka's ${allMessages.size} messages is in one of the two releases.`

/** The codec's section of docs/conformance.md. */
export function section(title: string, all: readonly Findings[], { seed, each }: Sampling): string {
  const rows = all.flatMap(({ release, tallies }) =>
    (['written', 'read'] as const).map((direction) => {
      const { messages, versions, checked, formats, recordSets, differences } = tallies[direction]
      const cells = [release, ways[direction], messages.size, versions, checked, formats, recordSets, differences]
      return `| ${cells.map((cell) => cell.toLocaleString('en-US')).join(' | ')} |`
    }),
  )
  const leftOut = all.flatMap(({ release, leftOut }) =>
    [...leftOut].map(([why, what]) => `- ${release}: ${what.join(', ')}: ${why}.`),
  )
  const headers = all.map(({ release, headers }) => `${headers} by ${release}`).join(', ')
  const others = all.flatMap(({ release, contradictions }) => contradictions.map((what) => `- ${release}: ${what}`))
  return `## ${title}

${each.toLocaleString('en-US')} random values of every message in every version, requests, responses, headers and the records of all logs, decoded and
encoded by Kafka's generated classes and by memkafka: both must write the same bytes, and mean the same by them, field by field
(Kafka's JSON). And as many record sets of each format with each codec (magic 0 and 1 with none, gzip, snappy and lz4; 2 with zstd
too): both must read the same batches and records, and find the same CRC. The seed is ${seed}.

| Kafka | | messages | their versions | values | record formats | record sets | differences |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

The headers of each version of an API are those that Kafka gives it: ${headers}.${others.length > 0 ? '' : everything}
${list('Not the same either', others)}${list("What memkafka does not have of these releases' classes", leftOut)}`
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}:\n\n${lines.join('\n')}\n`
}
