package main

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Transactions a second, one after the other, each with one record to each of two partitions.
func transactions(ctx context.Context, it task) ([]float64, error) {
	if err := createTopic(ctx, it.Address, it.Topic, 2); err != nil {
		return nil, err
	}
	client, err := connect(it.Address,
		kgo.TransactionalID(it.Topic), kgo.DefaultProduceTopic(it.Topic), kgo.ProducerLinger(0),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	bytes := value(it.RecordBytes)
	commit := func() error {
		if err := client.BeginTransaction(); err != nil {
			return err
		}
		records := []*kgo.Record{{Value: bytes, Partition: 0}, {Value: bytes, Partition: 1}}
		if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
			return err
		}
		return client.EndTransaction(ctx, kgo.TryCommit)
	}
	// Its coordinator, its producer id and its connections are there before the clock starts.
	if err := commit(); err != nil {
		return nil, err
	}
	begun := time.Now()
	for range it.Records {
		if err := commit(); err != nil {
			return nil, err
		}
	}
	return []float64{float64(it.Records) / time.Since(begun).Seconds()}, nil
}
