import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jars, MavenError } from '../maven.ts'
import { lacking } from '../tools.ts'
import { KafkaStartError, type Release } from './release.ts'

/** The binding for 3.x, which wants log4j 1; from 4.0 on the broker brings log4j 2, whose own binding fits. */
const RELOAD4J = 'org.slf4j:slf4j-reload4j:1.7.36'

const LOG4J_1 = `log4j.rootLogger=INFO, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d{ISO8601} %p %m (%c)%n
`

const LOG4J_2 = `rootLogger.level=INFO
rootLogger.appenderRef.stdout.ref=STDOUT
appender.stdout.type=Console
appender.stdout.name=STDOUT
appender.stdout.layout.type=PatternLayout
appender.stdout.layout.pattern=%d{ISO8601} %p %m (%c)%n
`

/** What the JVM is told to run a class of a release. */
export type JavaArguments = readonly string[]

/** Why Kafka cannot be run on this machine, in one line; undefined when it can. */
export function lackingTools(): Promise<string | undefined> {
  return lacking(['java', 'mvn'])
}

/**
 * Fetches the broker's jars unless they are here.
 * @throws KafkaStartError when a tool is missing or Maven cannot find the release
 */
export async function distribution(release: Release): Promise<JavaArguments> {
  const without = await lackingTools()
  if (without !== undefined) throw new KafkaStartError(without)
  const name = `kafka-${release.version}`
  const broker = await fetchJars(name, [`org.apache.kafka:kafka_2.13:${release.version}`])
  const log4j2 = (await readdir(broker)).map((jar) => /^log4j-core-(.+)\.jar$/.exec(jar)?.[1]).find(Boolean)
  const binding = log4j2 === undefined ? RELOAD4J : `org.apache.logging.log4j:log4j-slf4j-impl:${log4j2}`
  const logging = await fetchJars(`${name}-logging`, [binding])
  const config = join(logging, 'log4j.properties')
  await writeFile(config, log4j2 === undefined ? LOG4J_1 : LOG4J_2)
  const property = log4j2 === undefined ? 'log4j.configuration=file:' : 'log4j2.configurationFile='
  return [`-D${property}${config}`, '-cp', [broker, logging].map((folder) => join(folder, '*')).join(':')]
}

async function fetchJars(name: string, artifacts: readonly string[]): Promise<string> {
  try {
    return await jars(name, artifacts)
  } catch (error) {
    throw error instanceof MavenError ? new KafkaStartError(error.message) : error
  }
}
