import { errorMessage, errorName, KafkaError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/message.ts'
import {
  UnregisterBroker,
  type UnregisterBrokerRequest,
  type UnregisterBrokerResponse,
} from '../../protocol/messages/unregister-broker.ts'
import { isAtLeast } from '../../protocol/release.ts'
import { type Handler, handler } from './handler.ts'

/**
 * UnregisterBroker, KIP-746 (3.0): the cluster forgets a broker, which is meant to be stopped by then. Any broker takes it and
 * forwards it to the controller.
 */
export const unregisterBroker: Handler<UnregisterBrokerRequest, UnregisterBrokerResponse> = handler(
  UnregisterBroker,
  ({ brokerId }, { broker }) =>
    broker.controller
      .ask((controller) => controller.unregisterBroker(brokerId))
      .map((): Input<UnregisterBrokerResponse> => ({}))
      .recover((error) => {
        if (!(error instanceof KafkaError)) throw error
        // KAFKA-18859: before 4.1 the message was forgotten.
        return { errorCode: error.code, errorMessage: isAtLeast(broker.release, '4.1') ? error.message : '' }
      }),
  (_, errorCode) => ({ errorCode, errorMessage: errorMessage(errorName(errorCode)) }),
)
