import type { ApiCases } from './case.ts'
import { allCases as casesOfApis } from './cases/index.ts'
import { scenarios } from './scenarios/index.ts'

/** The cases of every API that has some, and the scenarios. */
export const allCases: readonly ApiCases[] = [...casesOfApis, scenarios]
