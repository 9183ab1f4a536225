import { type ApiCases, scenariosOf } from '../case.ts'
import { leaderIsStopped } from './leader-stopped.ts'

/** What clients see while brokers stop, die and come back. The first ones are those of the short form. */
export const scenarios: ApiCases = scenariosOf({
  'a leader is stopped in order': leaderIsStopped,
})
