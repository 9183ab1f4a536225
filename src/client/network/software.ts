/** What brokers are told of the client's library (KIP-511): the name and version of the package. */
export const software = { name: 'memkafka', version: '0.1.0' }
