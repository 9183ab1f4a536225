package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Milliseconds until topics that one request asks for are there, and each partition has a leader.
func topics(ctx context.Context, it task) (values []float64, err error) {
	err = admin(ctx, it.Address, func(admin *kadm.Client) error {
		names := make([]string, it.Topics)
		for i := range names {
			names[i] = fmt.Sprintf("%s-%d", it.Topic, i)
		}
		if _, err := admin.BrokerMetadata(ctx); err != nil { // connects
			return err
		}
		begun := time.Now()
		made, err := admin.CreateTopics(ctx, 1, 1, nil, names...)
		if err != nil {
			return err
		}
		if err := made.Error(); err != nil {
			return err
		}
		for {
			described, err := admin.Metadata(ctx, names...)
			if err != nil {
				return err
			}
			if led(described.Topics) == it.Topics {
				break
			}
		}
		values = []float64{milliseconds(begun)}
		_, err = admin.DeleteTopics(ctx, names...)
		return err
	})
	return values, err
}

func led(topics kadm.TopicDetails) (topicsLed int) {
	for _, topic := range topics {
		if topic.Err == nil && len(topic.Partitions) == 1 && topic.Partitions[0].Err == nil && topic.Partitions[0].Leader >= 0 {
			topicsLed++
		}
	}
	return topicsLed
}
