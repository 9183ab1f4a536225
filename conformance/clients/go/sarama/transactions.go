package main

import (
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"memkafka/conformance/clients/story"
)

type writer struct {
	producer sarama.AsyncProducer
	client   *client
	mutex    sync.Mutex
}

func (c *client) Transactional(id string, timeout time.Duration) story.Writer {
	return c.writer(func(config *sarama.Config) {
		config.Producer.Transaction.ID, config.Producer.Transaction.Timeout = id, timeout
	})
}

func (c *client) Idempotent() story.Writer { return c.writer(func(*sarama.Config) {}) }

func (c *client) writer(change func(*sarama.Config)) *writer {
	config := c.config()
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	change(config)
	return &writer{producer: story.Must(sarama.NewAsyncProducer(c.servers, config)), client: c}
}

func (w *writer) Begin() error { return w.producer.BeginTxn() }

func (w *writer) Send(topic string, records []story.Record) (placed []story.Record, err error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for i, it := range records {
		w.producer.Input() <- w.client.message(topic, i, it)
	}
	placed = slices.Clone(records)
	for range records {
		select {
		case message := <-w.producer.Successes():
			it := &placed[message.Metadata.(int)]
			it.Partition, it.Offset = message.Partition, message.Offset
		case refused := <-w.producer.Errors():
			if err == nil {
				err = refused
			}
		}
	}
	return placed, err
}

func (w *writer) End(commit bool) error {
	if commit {
		return w.producer.CommitTxn()
	}
	return w.producer.AbortTxn()
}

// What a producer that was refused says when it is closed has been told before.
func (w *writer) Close() { _ = w.producer.Close() }

func (c *client) Follow(topic string, partitions int, committedOnly bool, to *story.Journal) (stop func()) {
	config := c.config()
	if committedOnly {
		config.Consumer.IsolationLevel = sarama.ReadCommitted
	}
	follower := &client{servers: c.servers, version: c.version}
	follower.sarama = story.Must(sarama.NewClient(c.servers, config))
	stopReading := follower.Read(topic, story.All(partitions, story.Beginning), to)
	return func() {
		stopReading()
		story.Check(follower.sarama.Close())
	}
}

func (c *client) Transform(how story.Transforming) (read, written []story.Record) {
	var found story.Journal
	member := c.Join(how.Group, how.Source, &found)
	story.Until("the records to be read", func() bool { return len(found.Read()) >= how.Count })
	read = found.Read()
	w := c.Transactional(how.ID, time.Minute).(*writer)
	story.Check(w.Begin())
	var changed []story.Record
	for _, it := range read {
		changed = append(changed, how.Change(it))
	}
	written = story.Must(w.Send(how.Target, changed))
	offsets := map[string][]*sarama.PartitionOffsetMetadata{}
	for partition, offset := range story.Ends(read) {
		one := &sarama.PartitionOffsetMetadata{Partition: partition, Offset: offset}
		offsets[how.Source] = append(offsets[how.Source], one)
	}
	story.Check(w.producer.AddOffsetsToTxn(offsets, how.Group))
	story.Check(w.End(how.Commit))
	member.Leave()
	w.Close()
	return read, written
}
