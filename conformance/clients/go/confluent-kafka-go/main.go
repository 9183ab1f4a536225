// confluent-kafka-go, with the librdkafka that comes with it.
//
//	confluent-kafka-go BOOTSTRAP_SERVERS
package main

import (
	"context"
	"maps"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"memkafka/conformance/clients/story"
)

var background = context.Background()

func main() {
	servers := story.Servers()
	c := &client{servers: strings.Join(servers, ",")}
	c.admin = story.Must(kafka.NewAdminClient(c.config(nil)))
	story.Tell(c, len(servers), nil)
}

type client struct {
	servers string
	admin   *kafka.AdminClient
}

func (c *client) Lacks() map[string]string { return nil }

func (c *client) config(more kafka.ConfigMap) *kafka.ConfigMap {
	config := kafka.ConfigMap{"bootstrap.servers": c.servers}
	for name, value := range more {
		config[name] = value
	}
	return &config
}

func (c *client) Produce(topic string, how story.Sending, records []story.Record) []story.Record {
	producer := story.Must(kafka.NewProducer(c.config(kafka.ConfigMap{
		"compression.type":   how.Codec,
		"enable.idempotence": how.Idempotent,
	})))
	defer producer.Close()
	return story.Must(send(producer, topic, records))
}

func (c *client) consumer(group string, more kafka.ConfigMap) *kafka.Consumer {
	config := kafka.ConfigMap{
		"group.id":              group,
		"auto.offset.reset":     "earliest",
		"enable.auto.commit":    false,
		"fetch.wait.max.ms":     20,
		"heartbeat.interval.ms": 20,
	}
	maps.Copy(config, more)
	return story.Must(kafka.NewConsumer(c.config(config)))
}

func (c *client) Read(topic string, from map[int32]int64, to *story.Journal) (stop func()) {
	return assign(c.consumer(story.Named("reader"), nil), topic, from, to)
}

func assign(consumer *kafka.Consumer, topic string, from map[int32]int64, to *story.Journal) (stop func()) {
	var assigned []kafka.TopicPartition
	for partition, offset := range from { // the beginning and the end are -2 and -1 here as well
		at := kafka.TopicPartition{Topic: &topic, Partition: partition, Offset: kafka.Offset(offset)}
		assigned = append(assigned, at)
	}
	story.Check(consumer.Assign(assigned))
	return poll(consumer, to)
}

// poll reads until it is stopped, which closes the consumer.
func poll(consumer *kafka.Consumer, to *story.Journal) (stop func()) {
	stopping, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stopping:
				story.Check(consumer.Close())
				return
			default:
			}
			switch event := consumer.Poll(20).(type) {
			case *kafka.Message:
				story.Check(event.TopicPartition.Error)
				to.Add(found(event))
			case kafka.Error:
				if event.IsFatal() {
					story.Check(event)
				}
			}
		}
	}()
	return func() {
		close(stopping)
		<-stopped
	}
}

func found(it *kafka.Message) story.Record {
	record := story.Record{
		Partition: it.TopicPartition.Partition,
		Offset:    int64(it.TopicPartition.Offset),
		Time:      it.Timestamp.UnixMilli(),
		Key:       string(it.Key),
		Value:     string(it.Value),
		Null:      it.Value == nil,
	}
	for _, header := range it.Headers {
		record.Headers = append(record.Headers, story.Header{Key: header.Key, Value: string(header.Value)})
	}
	return record
}

type member struct {
	topic    string
	consumer *kafka.Consumer
	stop     func()
}

func (c *client) Join(group, topic string, to *story.Journal) story.Member {
	consumer := c.consumer(group, nil)
	story.Check(consumer.Subscribe(topic, nil))
	return &member{topic, consumer, poll(consumer, to)}
}

func (m *member) Owned() (partitions []int32) {
	for _, it := range story.Must(m.consumer.Assignment()) {
		partitions = append(partitions, it.Partition)
	}
	return partitions
}

func (m *member) Commit(offsets map[int32]int64) {
	var all []kafka.TopicPartition
	for partition, offset := range offsets {
		all = append(all, kafka.TopicPartition{Topic: &m.topic, Partition: partition, Offset: kafka.Offset(offset)})
	}
	for _, it := range story.Must(m.consumer.CommitOffsets(all)) {
		story.Check(it.Error)
	}
}

func (m *member) Leave() { m.stop() }
