import type { Command } from '../children.ts'
import { goProgram, javaProgram, pythonProgram, rustProgram, streamsProgram } from './install.ts'
import { compiledNodeProgram, nodeProgram } from './install-node.ts'

/** A client, and the program that tells the story with it. */
export interface Program {
  readonly name: string
  /** Whether a quick run tells it too. */
  readonly short: boolean
  /** The command-line tools it takes. */
  readonly tools: readonly string[]
  /** Gets what it needs from the registries, unless it is there; the command wants the bootstrap servers as one more argument. */
  install(): Promise<Command>
}

const java = (release: string, short = false): Program => ({
  name: `Java client ${release}`,
  short,
  tools: ['java', 'javac', 'mvn'],
  install: () => javaProgram(release),
})

const streams = (release: string, guarantee: string): Program => ({
  name: `Kafka Streams ${release}, ${guarantee}`,
  short: false,
  tools: ['java', 'javac', 'mvn'],
  install: () => streamsProgram(release, guarantee),
})

const go = (name: string, module: string, short = false, args: readonly string[] = []): Program => ({
  name,
  short,
  tools: ['go'],
  install: () => goProgram(module, args),
})

const sarama = (version: string, short = false) => go(`Sarama as of ${version}`, 'sarama', short, [version])

const python = (name: string, file: string, short = false): Program => ({
  name,
  short,
  tools: ['python3'],
  install: () => pythonProgram(file),
})

const node = (name: string, file: string, short = false): Program => ({
  name,
  short,
  tools: ['npm'],
  install: () => nodeProgram(file),
})

/** For the command line: a program of Node.js calls it. */
const kcat = (): Program => ({
  name: 'kcat',
  short: false,
  tools: ['kcat', 'npm'],
  install: () => nodeProgram('kcat.js'),
})

const compiledNode = (name: string, file: string, env: Readonly<Record<string, string>> = {}): Program => ({
  name,
  short: false,
  tools: ['npm', 'gcc'],
  install: () => compiledNodeProgram(file, name, env),
})

export const programs: readonly Program[] = [
  node('kafkajs', 'kafkajs.js', true),
  node('@platformatic/kafka', 'platformatic.js'),
  compiledNode('@confluentinc/kafka-javascript', 'confluent.js', { CKJS_LINKING: 'dynamic' }),
  compiledNode('node-rdkafka', 'rdkafka.js'),
  node('kafka-crab-js', 'crab.js'),
  node('kafka-node', 'kafka-node.js'),
  java('4.4.0', true),
  java('3.9.2'),
  java('2.8.2'),
  java('1.0.2'),
  java('0.11.0.3'),
  streams('4.3.1', 'at_least_once'),
  streams('4.3.1', 'exactly_once_v2'),
  go('franz-go', 'franz-go', true),
  go('kafka-go', 'kafka-go'),
  { ...go('confluent-kafka-go', 'confluent-kafka-go'), tools: ['go', 'gcc'] }, // librdkafka comes with it, as a library of C
  sarama('newest', true),
  sarama('2.8.0'), // its own default
  sarama('2.1.0'),
  sarama('1.0.0'),
  sarama('0.11.0.0'), // the first record batches
  sarama('0.10.2.0', true), // the first with groups; message sets v1
  sarama('0.10.0.0'),
  sarama('0.9.0.0'),
  sarama('0.8.2.0', true), // the first of all; message sets v0
  go('Sarama 1.17', 'sarama-1.17'), // of 2018, with the programs that its users wrote then
  go('sarama-cluster', 'sarama-cluster'),
  python('confluent-kafka', 'confluent.py', true),
  python('aiokafka', 'aio.py'),
  python('kafka-python', 'kafka_python.py'),
  kcat(),
  { name: 'rskafka', short: false, tools: ['cargo'], install: rustProgram },
]
