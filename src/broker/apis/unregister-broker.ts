import { errorMessage, errorName } from '../../protocol/errors.ts'
import {
  UnregisterBroker,
  type UnregisterBrokerRequest,
  type UnregisterBrokerResponse,
} from '../../protocol/messages/unregister-broker.ts'
import { type Handler, handler } from './handler.ts'

/**
 * UnregisterBroker, KIP-746 (3.0): the cluster forgets a broker, which is meant to be stopped by then. Any broker takes it and
 * forwards it to the controller.
 */
export const unregisterBroker: Handler<UnregisterBrokerRequest, UnregisterBrokerResponse> = handler(
  UnregisterBroker,
  ({ brokerId }, { broker }) =>
    broker.controller.ask((controller) => controller.unregisterBroker(brokerId)).map(() => ({})),
  (_, errorCode) => ({ errorCode, errorMessage: errorMessage(errorName(errorCode)) }),
)
