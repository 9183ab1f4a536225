module memkafka/conformance/clients/sarama-cluster

go 1.26.0

require (
	github.com/Shopify/sarama v1.17.0
	github.com/bsm/sarama-cluster v2.1.15+incompatible
	memkafka/conformance/clients/sarama-1.17 v0.0.0
	memkafka/conformance/clients/story v0.0.0
)

require (
	github.com/davecgh/go-spew v1.1.0 // indirect
	github.com/eapache/go-resiliency v1.1.0 // indirect
	github.com/eapache/go-xerial-snappy v0.0.0-20230731223053-c322873962e3 // indirect
	github.com/eapache/queue v1.1.0 // indirect
	github.com/golang/snappy v0.0.4 // indirect
	github.com/pierrec/lz4 v2.0.2+incompatible // indirect
	github.com/rcrowley/go-metrics v0.0.0-20250401214520-65e299d6c5c9 // indirect
)

replace memkafka/conformance/clients/story => ../story

replace memkafka/conformance/clients/sarama-1.17 => ../sarama-1.17
