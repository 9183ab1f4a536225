package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"memkafka/conformance/clients/story"
)

type writer struct{ client *kgo.Client }

func (c *client) Transactional(id string, timeout time.Duration) story.Writer {
	return writer{connect(c.servers, kgo.TransactionalID(id), kgo.TransactionTimeout(timeout))}
}

func (c *client) Idempotent() story.Writer { return writer{connect(c.servers)} }

func (w writer) Begin() error { return w.client.BeginTransaction() }

func (w writer) Send(topic string, records []story.Record) ([]story.Record, error) {
	outgoing := make([]*kgo.Record, len(records))
	for i, it := range records {
		outgoing[i] = &kgo.Record{Topic: topic, Key: []byte(it.Key), Value: []byte(it.Value), Timestamp: time.UnixMilli(it.Time)}
	}
	err := w.client.ProduceSync(background, outgoing...).FirstErr()
	placed := slices.Clone(records)
	for i, it := range outgoing {
		placed[i].Partition, placed[i].Offset = it.Partition, it.Offset
	}
	return placed, err
}

func (w writer) End(commit bool) error {
	return w.client.EndTransaction(background, kgo.TransactionEndTry(commit))
}

func (w writer) Close() { w.client.Close() }

func (c *client) Follow(topic string, _ int, committedOnly bool, to *story.Journal) (stop func()) {
	isolation := kgo.ReadUncommitted()
	if committedOnly {
		isolation = kgo.ReadCommitted()
	}
	consumer := connect(c.servers, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(isolation), kgo.FetchMaxWait(20*time.Millisecond))
	go poll(consumer, to)
	return consumer.Close
}

func (c *client) Transform(how story.Transforming) (read, written []story.Record) {
	session := story.Must(kgo.NewGroupTransactSession(kgo.SeedBrokers(c.servers...), kgo.MetadataMinAge(50*time.Millisecond),
		kgo.TransactionalID(how.ID), kgo.ConsumerGroup(how.Group), kgo.ConsumeTopics(how.Source),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(20*time.Millisecond)))
	defer session.Close()
	story.Check(session.Begin())
	var outgoing []*kgo.Record
	for len(read) < how.Count {
		fetches := session.PollFetches(background)
		story.Check(fetches.Err())
		fetches.EachRecord(func(it *kgo.Record) {
			read = append(read, found(it))
			change := how.Change(found(it))
			made := &kgo.Record{Topic: how.Target, Key: []byte(change.Key), Value: []byte(change.Value), Timestamp: time.UnixMilli(change.Time)}
			outgoing = append(outgoing, made)
			session.Produce(background, made, func(_ *kgo.Record, err error) { story.Check(err) })
		})
	}
	story.Check(session.Client().Flush(background)) // an abort drops what is not sent yet
	committed, err := session.End(background, kgo.TransactionEndTry(how.Commit))
	story.Check(err)
	if committed != how.Commit {
		story.Check(errors.New(fmt.Sprint("the transaction is committed: ", committed)))
	}
	for _, it := range outgoing {
		written = append(written, found(it))
	}
	return read, written
}
