// Sarama of today, speaking as it does to the release that its Config.Version names.
//
//	sarama VERSION|newest BOOTSTRAP_SERVERS
package main

import (
	"context"
	"os"
	"time"

	"github.com/IBM/sarama"
	"memkafka/conformance/clients/story"
)

var background = context.Background()

func main() {
	version := sarama.MaxVersion
	if os.Args[1] != "newest" {
		version = story.Must(sarama.ParseKafkaVersion(os.Args[1]))
	}
	servers := story.Servers()
	c := &client{servers: servers, version: version}
	c.sarama = story.Must(sarama.NewClient(servers, c.config()))
	story.Tell(c, len(servers), nil)
}

type client struct {
	sarama  sarama.Client
	servers []string
	version sarama.KafkaVersion
}

func (c *client) since(version sarama.KafkaVersion) bool { return c.version.IsAtLeast(version) }

func (c *client) Lacks() map[string]string {
	lacks := map[string]string{}
	for _, it := range []struct {
		version sarama.KafkaVersion
		steps   []string
	}{
		{sarama.V0_10_0_0, []string{"lz4"}},
		{sarama.V0_10_1_0, []string{story.CreatingTopics, "time", "delete"}},
		{sarama.V0_10_2_0, []string{"group", "rebalance", "groups"}},
		{sarama.V0_11_0_0, append([]string{"headers", "idempotent", "configs", "failover", story.DeletingRecords}, story.Transactional...)},
		{sarama.V1_0_0_0, []string{story.AddingPartitions}},
		{sarama.V1_1_0_0, []string{story.DeletingGroups}},
		{sarama.V2_1_0_0, []string{"zstd"}},
	} {
		for _, step := range it.steps {
			if !c.since(it.version) {
				lacks[step] = "Sarama does it from " + it.version.String() + " on"
			}
		}
	}
	return lacks
}

func (c *client) config() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = c.version
	config.ApiVersionsRequest = c.since(sarama.V0_10_0_0) // older brokers close the connection on it
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Flush.Frequency = 10 * time.Millisecond
	config.Consumer.MaxWaitTime = 20 * time.Millisecond
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Heartbeat.Interval = 20 * time.Millisecond
	config.Consumer.Group.Rebalance.Retry.Backoff = 100 * time.Millisecond
	config.Metadata.Retry.Backoff = 100 * time.Millisecond
	return config
}
