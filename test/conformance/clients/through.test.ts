import { expect, test } from 'vitest'
import type { Result, StepResult } from '../../../conformance/clients/run.ts'
import { names, type Step } from '../../../conformance/clients/steps.ts'
import { runThroughProxy } from '../../../conformance/clients/through.ts'
import { KafkaCluster } from '../../../src/index.ts'

/** How the steps of a program come out that has all of them pass but where the script says otherwise. */
async function outcomes(script: (isStraight: string) => string): Promise<Record<Step, StepResult['outcome']>> {
  await using upstream = await KafkaCluster.start()
  const cluster = {
    brokers: 1,
    kills: true,
    start: async () => ({ bootstrapServers: upstream.bootstrapServers, stop: async () => {} }),
  }
  const source = `
    const said = new Set()
    const say = (what, step) => { said.add(step); console.log(what + ' ' + step + ': it is so') }
    const isStraight = process.argv.at(-1) === ${JSON.stringify(upstream.bootstrapServers.join(','))}
    ${script('isStraight')}
    for (const step of ${JSON.stringify(names)}) if (!said.has(step)) say('ok', step)`
  const install = async () => ({ file: process.execPath, args: ['-e', source] })
  const results: Result[] = []
  for await (const it of runThroughProxy([{ name: 'a client', short: false, tools: [], install }], [cluster]))
    results.push(it)
  return Object.fromEntries(results.flatMap((it) => ('step' in it ? [[it.step, it.outcome]] : []))) as never
}

test('a step that fails through the proxy alone has failed', async () => {
  const told = await outcomes((isStraight) => `if (!${isStraight}) say('failed', 'lz4')`)
  expect(told).toMatchObject({ gzip: 'passed', lz4: 'failed', zstd: 'passed' })
})

test('a step that fails without the proxy as well fails anyway', async () => {
  const told = await outcomes(() => `say('failed', 'lz4')`)
  expect(told).toMatchObject({ gzip: 'passed', lz4: 'fails anyway', zstd: 'passed' })
})

test('a step that is not reached through the proxy has failed, though another one fails without it', async () => {
  const told = await outcomes((isStraight) => `if (!${isStraight}) process.exit(1); say('failed', 'lz4')`)
  expect(told).toMatchObject({ topic: 'failed', lz4: 'fails anyway', zstd: 'failed' })
})

test('a program that passes through the proxy runs no second time', async () => {
  const told = await outcomes((isStraight) => `if (${isStraight}) say('failed', 'lz4')`)
  expect(Object.values(told)).toEqual(names.map(() => 'passed'))
})
