import { inspect } from 'node:util'
import { nodeIdsOf } from './check-schedule.ts'
import { plain } from './plain.ts'
import type { FaultHandler, FaultSchedule, FaultStep } from './schedule.ts'

/** The calls of a schedule, one a line. @param without the places of the steps that nothing comes of */
export function callsOf({ cluster, steps, rest }: FaultSchedule, without: ReadonlySet<number> = new Set()): string[] {
  const lines = steps.flatMap((step, i) => {
    const call = callOf(step, nodeIdsOf(cluster))
    return [...advanceOf(step.after), without.has(i) ? `// nothing comes of ${call.replace(/^void /, '')}` : call]
  })
  return [...lines, ...advanceOf(rest)]
}

/** A test that has the same happen by hand: what is called `run` and `laws` in it is what exploreFaults was given. */
export function printed(schedule: FaultSchedule, without: ReadonlySet<number> = new Set()): string {
  const { cluster, seed, order } = schedule
  const calls = callsOf(schedule, without)
  const about = literal({ ...cluster, seed })
  const options = [`cluster: ${about}`, ...(order === 0 ? [] : [`order: ${order}`]), 'run', 'laws'].join(', ')
  if (calls.length === 0) return `test('what exploring found', () =>\n  simulate({ ${options} }))`
  return [
    "test('what exploring found', () =>",
    `  simulate({ ${options} }, async (cluster) => {`,
    ...calls.map((line) => `    ${line}`),
    '  }))',
  ].join('\n')
}

function advanceOf(ms: number): string[] {
  return ms === 0 ? [] : [`await cluster.clock.advance(${ms})`]
}

function callOf(step: FaultStep, nodeIds: readonly number[]): string {
  switch (step.do) {
    case 'kill':
    case 'stop':
    case 'start':
      return `void cluster.broker(${step.broker}).${step.do}()`
    case 'pause':
    case 'resume':
      return `cluster.broker(${step.broker}).${step.do}()`
    case 'split': {
      const one = nodeIds.filter((id) => step.brokers.includes(id)).map(brokerText)
      const other = nodeIds.filter((id) => !step.brokers.includes(id)).map(brokerText)
      if (step.clients === true) one.push('cluster.network.clients')
      if (step.clients === false) other.push('cluster.network.clients')
      return `cluster.network.split([${one.join(', ')}], [${other.join(', ')}])`
    }
    case 'heal':
      return 'cluster.network.heal()'
    case 'link': {
      const { broker, to, delay, drop } = step
      const end =
        to === 'controller' ? 'cluster.controller' : to === 'clients' ? 'cluster.network.clients' : brokerText(to)
      const conditions = { ...(delay === undefined ? {} : { delay }), ...(drop === undefined ? {} : { drop }) }
      return `cluster.network.link(${brokerText(broker)}, ${end}).set(${literal(conditions)})`
    }
    case 'elect':
      return `cluster.partition(${literal(step.topic)}, ${step.partition}).elect(${brokerText(step.broker)})`
    case 'moveCoordinator':
      return `cluster.group(${literal(step.group)}).moveCoordinator(${brokerText(step.broker)})`
    case 'rebalance':
      return `void cluster.group(${literal(step.group)}).rebalance()`
    case 'evict': {
      const group = `cluster.group(${literal(step.group)})`
      const which = step.member === 0 ? '0' : `${step.member} % ${group}.members.length`
      return `void ${group}.evict(${group}.members[${which}]!)`
    }
    case 'use':
      return `cluster.use(${handlerText(step.handler)})`
    case 'resetHandlers':
      return 'cluster.resetHandlers()'
  }
}

function brokerText(id: number): string {
  return `cluster.broker(${id})`
}

function handlerText({ api, topic, group, answer, times = 1, skip = 0 }: FaultHandler): string {
  const about = { ...(topic === undefined ? {} : { topic }), ...(group === undefined ? {} : { group }) }
  const options = { times, ...(skip === 0 ? {} : { skip }) }
  return `kafka.${api}(${literal(about)}, ${resolverText(answer)}, ${literal(options)})`
}

function resolverText(answer: FaultHandler['answer']): string {
  if ('error' in answer) return `() => KafkaResponse.error(${literal(answer.error)})`
  if ('delay' in answer)
    return `async ({ delay, passthrough }) => { await delay(${answer.delay}); return passthrough() }`
  const [what, at] = 'drop' in answer ? ['drop', answer.drop] : ['disconnect', answer.disconnect]
  return `() => KafkaResponse.${what}(${at === 'after' ? "{ at: 'after' }" : ''})`
}

/** As JSON has it: objects without a prototype, as arbitraries make them, are written otherwise. */
function literal(value: unknown): string {
  return inspect(plain(value), { depth: null, breakLength: Number.POSITIVE_INFINITY, compact: true })
}
