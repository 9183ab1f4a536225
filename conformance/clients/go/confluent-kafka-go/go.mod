module memkafka/conformance/clients/confluent-kafka-go

go 1.26.0

require (
	github.com/confluentinc/confluent-kafka-go/v2 v2.11.1
	memkafka/conformance/clients/story v0.0.0
)

replace memkafka/conformance/clients/story => ../story
