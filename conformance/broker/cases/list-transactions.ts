import { ListTransactions, type ListTransactionsResponse } from '../../../src/protocol/messages/list-transactions.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'
import { begun, finished, transactionalProducer } from './transactions.ts'

interface Filter {
  readonly stateFilters?: string[]
  readonly producerIdFilters?: number[]
  readonly durationFilter?: number
  readonly transactionalIdPattern?: string | null
}

/** Has compared what of this run is listed. */
function list(world: World, filter: Filter, as: string) {
  const mine = (answer: ListTransactionsResponse): ListTransactionsResponse => ({
    ...answer,
    transactionStates: answer.transactionStates.filter(({ transactionalId }) =>
      transactionalId.endsWith(world.name('')),
    ),
  })
  const body = { stateFilters: [], producerIdFilters: [], ...filter }
  return world.ask(ListTransactions, body, { as, telling: mine })
}

export const listTransactions = casesOf(ListTransactions, ['INVALID_REGULAR_EXPRESSION'], {
  'transactions in some states': async (world) => {
    const { a } = await world.topics({ a: {} })
    const open = await transactionalProducer(world, 'open')
    const done = await transactionalProducer(world, 'done')
    await transactionalProducer(world, 'idle')
    await begun(world, open, a)
    await begun(world, done, a)
    await finished(world, done, true)
    await list(world, {}, 'all')
    for (const state of ['Ongoing', 'Empty', 'CompleteCommit', 'Dead', 'ongoing']) {
      await list(world, { stateFilters: [state] }, state)
    }
    await list(world, { stateFilters: ['Ongoing', 'Elsewhere', 'Empty', 'Nowhere', 'Elsewhere'] }, 'unknown ones')
    await list(world, { producerIdFilters: [open.producerId, 2_000_000_000] }, 'of a producer')
    await list(world, { stateFilters: ['Empty'], producerIdFilters: [open.producerId] }, 'of a producer, in a state')
  },
  'transactions that last': [
    { versions: '1+' },
    async (world) => {
      const { a } = await world.topics({ a: {} })
      const open = await transactionalProducer(world, 'open')
      await transactionalProducer(world, 'idle')
      await begun(world, open, a)
      await world.pass(600)
      for (const durationFilter of [-1, 0, 500, 60_000])
        await list(world, { durationFilter }, `for ${durationFilter} ms`)
    },
  ],
  'transactions by a pattern': [
    { versions: '2+' },
    async (world) => {
      await transactionalProducer(world, 'orders-1')
      await transactionalProducer(world, 'payments')
      const patterns = [
        '',
        'orders-\\d\\.r\\d+',
        'orders',
        'orders.*',
        `(?i)ORDERS.*`,
        '.*(?:s-1|nts).*',
        `\\Qorders-\\E.*`,
      ]
      for (const pattern of patterns) await list(world, { transactionalIdPattern: pattern }, pattern)
      await list(world, { transactionalIdPattern: null }, 'null')
      for (const bad of ['(', '[a', '*', '(?=o).*', '(a)\\1']) await list(world, { transactionalIdPattern: bad }, bad)
    },
  ],
})
