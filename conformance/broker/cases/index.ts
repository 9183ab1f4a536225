import type { ApiCases } from '../case.ts'
import { apiVersions } from './api-versions.ts'
import { produce } from './produce.ts'

/** Every API that has cases. */
export const allCases: readonly ApiCases[] = [apiVersions, produce]
