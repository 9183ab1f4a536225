package main

import (
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"memkafka/conformance/clients/story"
)

type writer struct{ producer *kafka.Producer }

func (c *client) Transactional(id string, timeout time.Duration) story.Writer {
	producer := story.Must(kafka.NewProducer(c.config(kafka.ConfigMap{
		"transactional.id":       id,
		"transaction.timeout.ms": int(timeout.Milliseconds()),
	})))
	story.Check(producer.InitTransactions(background))
	return writer{producer}
}

func (c *client) Idempotent() story.Writer {
	return writer{story.Must(kafka.NewProducer(c.config(kafka.ConfigMap{"enable.idempotence": true})))}
}

func (w writer) Begin() error { return w.producer.BeginTransaction() }

func (w writer) Send(topic string, records []story.Record) ([]story.Record, error) {
	return send(w.producer, topic, records)
}

func (w writer) End(commit bool) error {
	if commit {
		return w.producer.CommitTransaction(background)
	}
	return w.producer.AbortTransaction(background)
}

func (w writer) Close() { w.producer.Close() }

// send tells where the records lie, once all are acknowledged.
func send(producer *kafka.Producer, topic string, records []story.Record) (sent []story.Record, err error) {
	delivered := make(chan kafka.Event, len(records))
	for i, it := range records {
		message := &kafka.Message{
			TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: kafka.PartitionAny},
			Key:            []byte(it.Key),
			Timestamp:      time.UnixMilli(it.Time),
			Opaque:         i,
		}
		if !it.Null {
			message.Value = []byte(it.Value)
		}
		for _, header := range it.Headers {
			message.Headers = append(message.Headers, kafka.Header{Key: header.Key, Value: []byte(header.Value)})
		}
		if err := producer.Produce(message, delivered); err != nil {
			return nil, err
		}
	}
	sent = slices.Clone(records)
	for range records {
		message := (<-delivered).(*kafka.Message)
		if message.TopicPartition.Error != nil {
			err = message.TopicPartition.Error
		}
		it := &sent[message.Opaque.(int)]
		it.Partition, it.Offset = message.TopicPartition.Partition, int64(message.TopicPartition.Offset)
	}
	return sent, err
}

func (c *client) Follow(topic string, partitions int, committedOnly bool, to *story.Journal) (stop func()) {
	isolation := "read_uncommitted"
	if committedOnly {
		isolation = "read_committed"
	}
	consumer := c.consumer(story.Named("follower"), kafka.ConfigMap{"isolation.level": isolation})
	return assign(consumer, topic, story.All(partitions, story.Beginning), to)
}

func (c *client) Transform(how story.Transforming) (read, written []story.Record) {
	var found story.Journal
	m := c.Join(how.Group, how.Source, &found).(*member)
	story.Until("the records to be read", func() bool { return len(found.Read()) >= how.Count })
	read = found.Read()
	w := c.Transactional(how.ID, time.Minute).(writer)
	story.Check(w.Begin())
	var changed []story.Record
	for _, it := range read {
		changed = append(changed, how.Change(it))
	}
	written = story.Must(w.Send(how.Target, changed))
	var offsets []kafka.TopicPartition
	for partition, offset := range story.Ends(read) {
		offsets = append(offsets, kafka.TopicPartition{Topic: &how.Source, Partition: partition, Offset: kafka.Offset(offset)})
	}
	metadata := story.Must(m.consumer.GetConsumerGroupMetadata())
	story.Check(w.producer.SendOffsetsToTransaction(background, offsets, metadata))
	story.Check(w.End(how.Commit))
	m.Leave()
	w.Close()
	return read, written
}
