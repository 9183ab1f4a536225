module memkafka/conformance/clients/story

go 1.26.0
