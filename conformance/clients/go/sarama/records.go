package main

import (
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"memkafka/conformance/clients/story"
)

var codecs = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

func (c *client) Produce(topic string, how story.Sending, records []story.Record) []story.Record {
	config := c.config()
	config.Producer.Compression = codecs[how.Codec]
	if how.Idempotent {
		config.Producer.Idempotent = true
		config.Net.MaxOpenRequests = 1
	}
	producer := story.Must(sarama.NewAsyncProducer(c.servers, config))
	for i, it := range records {
		producer.Input() <- c.message(topic, i, it)
	}
	sent := slices.Clone(records)
	for range records {
		select {
		case message := <-producer.Successes():
			it := &sent[message.Metadata.(int)]
			it.Partition, it.Offset = message.Partition, message.Offset
			if !c.since(sarama.V0_10_0_0) {
				it.Time = 0
			}
		case err := <-producer.Errors():
			story.Check(err)
		}
	}
	story.Check(producer.Close())
	return sent
}

func (c *client) message(topic string, number int, it story.Record) *sarama.ProducerMessage {
	message := &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(it.Key), Metadata: number}
	if !it.Null {
		message.Value = sarama.StringEncoder(it.Value)
	}
	if c.since(sarama.V0_10_0_0) {
		message.Timestamp = time.UnixMilli(it.Time)
	}
	for _, header := range it.Headers {
		message.Headers = append(message.Headers, sarama.RecordHeader{Key: []byte(header.Key), Value: []byte(header.Value)})
	}
	return message
}

func (c *client) Read(topic string, from map[int32]int64, to *story.Journal) (stop func()) {
	consumer := story.Must(sarama.NewConsumerFromClient(c.sarama))
	var readers sync.WaitGroup
	var partitions []sarama.PartitionConsumer
	for partition, offset := range from { // the beginning and the end are -2 and -1 here as well
		one := known(func() (sarama.PartitionConsumer, error) { return consumer.ConsumePartition(topic, partition, offset) })
		partitions = append(partitions, one)
		readers.Go(func() {
			for message := range one.Messages() {
				to.Add(found(message))
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

func found(it *sarama.ConsumerMessage) story.Record {
	record := story.Record{
		Partition: it.Partition,
		Offset:    it.Offset,
		Key:       string(it.Key),
		Value:     string(it.Value),
		Null:      it.Value == nil,
	}
	if !it.Timestamp.IsZero() {
		record.Time = it.Timestamp.UnixMilli()
	}
	for _, header := range it.Headers {
		record.Headers = append(record.Headers, story.Header{Key: string(header.Key), Value: string(header.Value)})
	}
	return record
}

// Manage commits with an offset manager.
func (c *client) Manage(group, topic string, offsets map[int32]int64) {
	manager := story.Must(sarama.NewOffsetManagerFromClient(group, c.sarama))
	for partition, offset := range offsets {
		one := story.Must(manager.ManagePartition(topic, partition))
		next, _ := one.NextOffset()
		story.Expect("the next offset when none is committed", next, sarama.OffsetOldest)
		one.MarkOffset(offset, "half of it")
	}
	manager.Commit()
	story.Check(manager.Close())
}

// Managed gives what is committed, as an offset manager finds it.
func (c *client) Managed(group, topic string, partitions int) map[int32]int64 {
	manager := story.Must(sarama.NewOffsetManagerFromClient(group, c.sarama))
	offsets := map[int32]int64{}
	for partition := range int32(partitions) {
		next, metadata := story.Must(manager.ManagePartition(topic, partition)).NextOffset()
		story.Expect("the metadata of the commit", metadata, "half of it")
		offsets[partition] = next
	}
	story.Check(manager.Close())
	return offsets
}
