// Package client is Sarama 1.17 of May 2018, which had no groups, no admin client and no idempotent producer yet, with
// Config.Version V0_10_0_1.
//
// It is at home with brokers of its time, and with memkafka. Those of Kafka 2.0 to 3.9 fill up what is left of a message set
// that they converted with zeros (KIP-283), and this Sarama takes these for a broken message and reads no further; later ones
// do not speak its versions any more.
package client

import (
	"slices"
	"sync"
	"time"

	"github.com/Shopify/sarama"
	"memkafka/conformance/clients/story"
)

const requestTimeout = 10 * time.Second

type Client struct {
	Servers []string
	Sarama  sarama.Client
	// Makes and deletes topics, which is of 0.10.1.
	newer sarama.Client
}

func New(servers []string) *Client {
	newer := config()
	newer.Version = sarama.V0_10_1_0
	return &Client{servers, story.Must(sarama.NewClient(servers, config())), story.Must(sarama.NewClient(servers, newer))}
}

// Lacks leaves out groups: sarama-cluster adds them.
func (c *Client) Lacks() map[string]string {
	return map[string]string{
		"headers":             "records of 0.10 have none",
		"zstd":                "Sarama does it from 1.21 on",
		"idempotent":          "Sarama does it from 1.20 on",
		"time":                "with V0_10_0_1 Sarama asks for the offsets of segments alone",
		"configs":             "0.10 cannot be asked to change them",
		story.DeletingGroups:  "0.10 cannot be asked to delete them",
		story.DeletingRecords: "0.10 cannot be asked to delete them",
	}
}

func config() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.V0_10_0_1
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Flush.Frequency = 10 * time.Millisecond
	config.Consumer.MaxWaitTime = 20 * time.Millisecond
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.CommitInterval = 50 * time.Millisecond
	config.Metadata.Retry.Backoff = 100 * time.Millisecond
	return config
}

var codecs = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
}

func (c *Client) Produce(topic string, how story.Sending, records []story.Record) []story.Record {
	config := config()
	config.Producer.Compression = codecs[how.Codec]
	producer := story.Must(sarama.NewAsyncProducer(c.Servers, config))
	for i, it := range records {
		message := &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(it.Key), Timestamp: time.UnixMilli(it.Time), Metadata: i}
		if !it.Null {
			message.Value = sarama.StringEncoder(it.Value)
		}
		producer.Input() <- message
	}
	sent := slices.Clone(records)
	for range records {
		select {
		case message := <-producer.Successes():
			it := &sent[message.Metadata.(int)]
			it.Partition, it.Offset = message.Partition, message.Offset
		case err := <-producer.Errors():
			story.Check(err)
		}
	}
	story.Check(producer.Close())
	return sent
}

func (c *Client) Read(topic string, from map[int32]int64, to *story.Journal) (stop func()) {
	consumer := story.Must(sarama.NewConsumerFromClient(c.Sarama))
	var readers sync.WaitGroup
	var partitions []sarama.PartitionConsumer
	for partition, offset := range from { // the beginning and the end are -2 and -1 here as well
		one := Known(func() (sarama.PartitionConsumer, error) { return consumer.ConsumePartition(topic, partition, offset) })
		partitions = append(partitions, one)
		readers.Go(func() {
			for message := range one.Messages() {
				to.Add(Found(message))
			}
		})
	}
	return func() {
		for _, one := range partitions {
			one.AsyncClose()
		}
		readers.Wait()
		story.Check(consumer.Close())
	}
}

// Found is what a consumer found.
func Found(it *sarama.ConsumerMessage) story.Record {
	return story.Record{
		Partition: it.Partition,
		Offset:    it.Offset,
		Time:      it.Timestamp.UnixMilli(),
		Key:       string(it.Key),
		Value:     string(it.Value),
		Null:      it.Value == nil,
	}
}

// Manage commits with an offset manager.
func (c *Client) Manage(group, topic string, offsets map[int32]int64) {
	c.manage(group, topic, len(offsets), func(partition int32, one sarama.PartitionOffsetManager) {
		next, _ := one.NextOffset()
		story.Expect("the next offset when none is committed", next, sarama.OffsetOldest)
		one.MarkOffset(offsets[partition], "half of it")
	})
}

// Managed gives what is committed, as an offset manager finds it.
func (c *Client) Managed(group, topic string, partitions int) map[int32]int64 {
	offsets := map[int32]int64{}
	c.manage(group, topic, partitions, func(partition int32, one sarama.PartitionOffsetManager) {
		next, metadata := one.NextOffset()
		story.Expect("the metadata of the commit", metadata, "half of it")
		offsets[partition] = next
	})
	return offsets
}

func (c *Client) manage(group, topic string, partitions int, ask func(int32, sarama.PartitionOffsetManager)) {
	manager := story.Must(sarama.NewOffsetManagerFromClient(group, c.Sarama))
	for partition := range int32(partitions) {
		one := Known(func() (sarama.PartitionOffsetManager, error) { return manager.ManagePartition(topic, partition) })
		ask(partition, one)
		story.Check(one.Close()) // once it is committed
	}
	story.Check(manager.Close())
}
