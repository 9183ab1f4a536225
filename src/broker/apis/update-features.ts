import { KafkaError } from '../../protocol/errors.ts'
import {
  UpdateFeatures,
  type UpdateFeaturesRequest,
  type UpdateFeaturesResponse,
} from '../../protocol/messages/update-features.ts'
import { refusesAsNotController } from './controller-node.ts'
import { type Handler, handler } from './handler.ts'

/**
 * UpdateFeatures, KIP-584 (2.7): changes the levels at which the cluster runs its features. Any broker takes it and forwards it to
 * the controller.
 *
 * v1 KIP-778: kinds of downgrades, and requests that only validate. v2 KIP-1022: all features are changed or none, so there is one
 * error for all of them.
 */
export const updateFeatures: Handler<UpdateFeaturesRequest, UpdateFeaturesResponse> = handler(
  UpdateFeatures,
  (request, { broker }) => {
    if (refusesAsNotController(broker)) throw new KafkaError('NOT_CONTROLLER')
    return broker.controller.ask((controller) => controller.updateFeatures(request))
  },
  (_, errorCode) => ({ errorCode, errorMessage: null }),
)
