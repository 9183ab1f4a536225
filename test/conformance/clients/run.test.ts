import { spawn } from 'node:child_process'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { Command } from '../../../conformance/children.ts'
import { NotInstalled } from '../../../conformance/clients/install.ts'
import { type Cluster, type Result, runClients } from '../../../conformance/clients/run.ts'
import { names } from '../../../conformance/clients/steps.ts'

/** What was done to the brokers of a cluster. */
function mortal(done: string[] = []): Cluster {
  return {
    brokers: 1,
    kills: true,
    start: async () => ({
      bootstrapServers: ['127.0.0.1:9092'],
      stop: async () => {},
      killBroker: async (nodeId) => void done.push(`kill ${nodeId}`),
      startBroker: async (nodeId) => void done.push(`start ${nodeId}`),
    }),
  }
}

function script(source: string): Command {
  return { file: process.execPath, args: ['-e', source] }
}

async function outcomes(
  install: () => Promise<Command>,
  limitMs?: number,
  tools: string[] = [],
  cluster = mortal(),
): Promise<Result[]> {
  const program = { name: 'a client', short: false, tools, install }
  const results: Result[] = []
  for await (const result of runClients([program], [cluster], limitMs)) results.push(result)
  return results
}

async function resultsOf(source: string, limitMs?: number): Promise<Record<string, [outcome: string, text: string]>> {
  const results = await outcomes(async () => script(source), limitMs)
  return Object.fromEntries(results.map((it) => ['step' in it ? it.step : 'all', [it.outcome, it.text]]))
}

const all = JSON.stringify(names)

test('every step is what the program says of it', async () => {
  const results = await resultsOf(`
    for (const step of ${all}) console.log(step === 'lz4' ? 'no lz4: too old' : 'ok ' + step + ': as ' + process.argv.at(-1))
    console.log('not a step at all')`)
  expect(results.lz4).toEqual(['not offered', 'too old'])
  expect(results.topic).toEqual(['passed', 'as 127.0.0.1:9092'])
  expect(Object.keys(results)).toEqual(names)
})

test('a step that is told twice has passed when it has both times', async () => {
  const results = await resultsOf(`
    console.log('ok topic: once'); console.log('ok topic: again')
    console.log('ok produce: once'); console.log('failed produce: not again'); console.log('ok produce: at last')`)
  expect(results.topic).toEqual(['passed', 'once; again'])
  expect(results.produce?.[0]).toBe('failed')
})

test('a step that nothing was said of has failed', async () => {
  const results = await resultsOf(`console.log('ok topic: made')`)
  expect(results.topic?.[0]).toBe('passed')
  expect(results.produce).toEqual(['failed', 'nothing was said of it'])
})

test('a program that ends with an error failed in the step that it was in', async () => {
  const results = await resultsOf(`console.log('ok topic: made'); console.error('it was torn'); process.exit(3)`)
  expect(results.produce).toEqual(['failed', 'ended with exit code 3\nit was torn'])
})

test('an error after the last step is a failure of that one', async () => {
  const results = await resultsOf(
    `for (const step of ${all}) console.log('ok ' + step + ': done'); process.exitCode = 1`,
  )
  expect(results[names.at(-1) ?? '']?.[0]).toBe('failed')
})

test('a step that there is not is told of', async () => {
  const results = await resultsOf(`console.log('ok tpoic: made')`)
  expect(results.topic?.[1]).toContain('there is no step tpoic')
})

/** Something that a process holds for as long as it lives. */
async function lifeline() {
  const server = createServer()
  const held = new Promise<Socket>((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    /** What a process does to hold it. */
    hold: `require('node:net').connect(${port}, '127.0.0.1').on('error', () => {})`,
    held,
    /** Resolves when the process that held it is gone. */
    async isLetGo() {
      const socket = await held
      socket.on('error', () => {})
      if (!socket.resume().closed) await new Promise((resolve) => socket.once('close', resolve))
      server.close()
    },
  }
}

test('a program that hangs is ended with all that it has started, in the step that it was in', async () => {
  const line = await lifeline()
  const results = await resultsOf(
    `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(line.hold)}])
    console.log('ok topic: made')
    setInterval(() => {}, 1000)`,
    3000,
  )
  expect(results.produce?.[1]).toMatch(/^hung: ended after 3 s/)
  await line.isLetGo()
})

test('what an interrupted run has started ends with it', async () => {
  const line = await lifeline()
  const children = new URL('../../../conformance/children.ts', import.meta.url).href
  const source = `
    import { start } from ${JSON.stringify(children)}
    start({ file: process.execPath, args: ['-e', ${JSON.stringify(line.hold)}] }, 60_000)`
  const run = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], { stdio: 'inherit' })
  const ended = new Promise((resolve) => run.once('exit', (_, signal) => resolve(signal)))
  await line.held
  run.kill('SIGINT')
  expect(await ended).toBe('SIGINT')
  await line.isLetGo()
})

test('a client that cannot be had is not run, and one whose program cannot be built has failed', async () => {
  const refused = await outcomes(() => Promise.reject(new NotInstalled('its registry refuses it')))
  expect(refused).toEqual([{ client: 'a client', outcome: 'not run', text: 'its registry refuses it' }])
  const broken = await outcomes(() => Promise.reject(new Error('a semicolon is missing')))
  expect(broken.map(({ outcome }) => outcome)).toEqual(names.map(() => 'failed'))
  expect(broken[0]?.text).toContain('a semicolon is missing')
})

test('a client whose tools are not here is not run', async () => {
  const results = await outcomes(async () => script(''), undefined, ['no-such-tool'])
  expect(results).toEqual([{ client: 'a client', outcome: 'not run', text: 'not here, or not working: no-such-tool' }])
})

const sayEvery = `for (const step of ${all}) console.log('ok ' + step + ': done');`

test('brokers are killed and started as the program says, and those that it leaves dead are started', async () => {
  const done: string[] = []
  const source = `console.log('kill 2'); console.log('start 2'); console.log('kill 3'); ${sayEvery}`
  const results = await outcomes(async () => script(source), undefined, [], mortal(done))
  expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
  expect(done).toEqual(['kill 2', 'start 2', 'kill 3', 'start 3'])
})

test('a broker that cannot be killed fails the step', async () => {
  const cluster = mortal()
  const start = async () => ({
    ...(await cluster.start()),
    killBroker: () => Promise.reject(new Error('there is none')),
  })
  const results = await outcomes(async () => script(`console.log('kill 9'); ${sayEvery}`), undefined, [], {
    ...cluster,
    start,
  })
  expect(results.at(-1)).toMatchObject({ outcome: 'failed', text: 'Error: there is none' })
})

test('a program knows whether brokers can be killed, and has nothing to say of that step where they cannot', async () => {
  const source = `if (process.env.KILLS) throw new Error('they cannot'); ${sayEvery}`
  const results = await outcomes(async () => script(source), undefined, [], { ...mortal(), kills: false })
  expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
  expect(results.map((it) => ('step' in it ? it.step : 'all'))).toEqual(names.filter((step) => step !== 'failover'))
})
