/** What a test reaches for besides the cluster itself. */
export type { InterceptedRequest, PASSTHROUGH, RequestHandler, Resolution } from '../intercept/handler.ts'
export {
  type RequestPredicate,
  type Resolver,
  type ResolverInfo,
  type RespondOptions,
  respond,
} from '../intercept/respond.ts'
export * from './apis.ts'
