package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func value(size int) []byte {
	bytes := make([]byte, size)
	rand.Read(bytes)
	return bytes
}

// Until one record is acknowledged by a broker that may not listen yet.
func first(ctx context.Context, it task) ([]float64, error) {
	for {
		connection, err := net.Dial("tcp", it.Address)
		if err == nil {
			connection.Close()
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := createTopic(ctx, it.Address, it.Topic, 1); err != nil {
		return nil, err
	}
	client, err := producer(it, kgo.ProducerLinger(0))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return nil, client.ProduceSync(ctx, &kgo.Record{Value: []byte("1")}).FirstErr()
}

func producer(it task, options ...kgo.Opt) (*kgo.Client, error) {
	return connect(it.Address, append([]kgo.Opt{kgo.DefaultProduceTopic(it.Topic)}, options...)...)
}

// MB of values a second into a new topic of one partition, which stays.
func produce(ctx context.Context, it task) ([]float64, error) {
	if err := createTopic(ctx, it.Address, it.Topic, 1); err != nil {
		return nil, err
	}
	client, err := producer(it)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	bytes := value(it.RecordBytes)
	// Its connection and its producer id are there before the clock starts.
	if err := client.ProduceSync(ctx, &kgo.Record{Value: bytes}).FirstErr(); err != nil {
		return nil, err
	}

	var refused error
	var once sync.Once
	acknowledged := func(_ *kgo.Record, err error) {
		if err != nil {
			once.Do(func() { refused = err })
		}
	}
	records := make([]kgo.Record, it.Records-1)
	begun := time.Now()
	for i := range records {
		records[i].Value = bytes
		client.Produce(ctx, &records[i], acknowledged)
	}
	if err := client.Flush(ctx); err != nil {
		return nil, err
	}
	took := milliseconds(begun)
	if refused != nil {
		return nil, refused
	}
	if err := holds(ctx, client, it); err != nil {
		return nil, err
	}
	return []float64{megabytesPerSecond(len(records)*it.RecordBytes, took)}, nil
}

func holds(ctx context.Context, client *kgo.Client, it task) error {
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, it.Topic)
	if err != nil {
		return err
	}
	if end, _ := ends.Lookup(it.Topic, 0); end.Offset != int64(it.Records) {
		return fmt.Errorf("%d records were sent, %d are there", it.Records, end.Offset)
	}
	return nil
}

// MB of values a second, of all that a topic holds.
func consume(ctx context.Context, it task) ([]float64, error) {
	client, err := connect(it.Address, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{
		it.Topic: {0: kgo.NewOffset().AtStart()},
	}))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	begun := time.Now()
	bytes, records := 0, 0
	for records < it.Records {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		fetches.EachRecord(func(record *kgo.Record) {
			bytes += len(record.Value)
			records++
		})
	}
	took := milliseconds(begun)
	if bytes != it.Records*it.RecordBytes {
		return nil, fmt.Errorf("%d bytes came, not %d", bytes, it.Records*it.RecordBytes)
	}
	return []float64{megabytesPerSecond(bytes, took)}, nil
}

// Microseconds until one record is acknowledged by all, with nothing else going on: the median and the 99th percentile.
func latency(ctx context.Context, it task) ([]float64, error) {
	if err := createTopic(ctx, it.Address, it.Topic, 1); err != nil {
		return nil, err
	}
	client, err := producer(it, kgo.ProducerLinger(0))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	bytes := value(it.RecordBytes)
	times := make([]float64, it.Records)
	for i := -1; i < it.Records; i++ {
		begun := time.Now()
		if err := client.ProduceSync(ctx, &kgo.Record{Value: bytes}).FirstErr(); err != nil {
			return nil, err
		}
		if i >= 0 {
			times[i] = milliseconds(begun) * 1000
		}
	}
	slices.Sort(times)
	return []float64{times[len(times)/2], times[len(times)*99/100]}, nil
}

func megabytesPerSecond(bytes int, ms float64) float64 { return float64(bytes) / 1e6 / (ms / 1000) }
