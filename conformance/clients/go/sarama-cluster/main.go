// sarama-cluster, which gave Sarama groups before it had its own, on the Sarama of its last release.
//
//	sarama-cluster BOOTSTRAP_SERVERS
package main

import (
	"strings"
	"time"

	"github.com/Shopify/sarama"
	cluster "github.com/bsm/sarama-cluster"
	"memkafka/conformance/clients/sarama-1.17/client"
	"memkafka/conformance/clients/story"
)

func main() {
	servers := story.Servers()
	story.Tell(withGroups{client.New(servers)}, len(servers), nil)
}

type withGroups struct{ *client.Client }

type member struct {
	topic    string
	consumer *cluster.Consumer
	ended    chan struct{}
}

func (c withGroups) Join(group, topic string, to *story.Journal) story.Member {
	config := cluster.NewConfig()
	config.Version = sarama.V0_10_0_1
	config.Consumer.MaxWaitTime = 20 * time.Millisecond
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.CommitInterval = time.Hour // only what it is told
	config.Consumer.Return.Errors = true
	config.Metadata.Retry.Backoff = 100 * time.Millisecond
	config.Group.Heartbeat.Interval = 20 * time.Millisecond
	config.Group.Offsets.Synchronization.DwellTime = 20 * time.Millisecond
	consumer := client.Known(func() (*cluster.Consumer, error) {
		return cluster.NewConsumer(c.Servers, group, []string{topic}, config)
	})
	m := &member{topic, consumer, make(chan struct{})}
	go func() {
		defer close(m.ended)
		for message := range consumer.Messages() {
			to.Add(client.Found(message))
		}
	}()
	go func() {
		for err := range consumer.Errors() {
			if !strings.Contains(err.Error(), sarama.ErrUnknownTopicOrPartition.Error()) { // it asks again
				story.Check(err)
			}
		}
	}()
	return m
}

func (m *member) Owned() []int32 { return m.consumer.Subscriptions()[m.topic] }

// Commit marks what was read last: sarama-cluster commits what is to be read next.
func (m *member) Commit(offsets map[int32]int64) {
	for partition, offset := range offsets {
		m.consumer.MarkPartitionOffset(m.topic, partition, offset-1, "")
	}
	story.Check(m.consumer.CommitOffsets())
}

func (m *member) Leave() {
	story.Check(m.consumer.Close())
	<-m.ended
}
