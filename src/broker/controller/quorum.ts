/** The id by which the controller is known. It is a node of its own, beside the brokers, and the only one of its quorum. */
export const CONTROLLER_NODE_ID = 3000
