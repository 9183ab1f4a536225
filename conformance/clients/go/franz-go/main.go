// franz-go, as it is out of the box: an idempotent producer, cooperative-sticky members.
//
//	franz-go BOOTSTRAP_SERVERS
package main

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"memkafka/conformance/clients/story"
)

var background = context.Background()

func main() {
	servers := story.Servers()
	story.Tell(&client{servers, kadm.NewClient(connect(servers))}, len(servers), nil)
}

type client struct {
	servers []string
	admin   *kadm.Client
}

func connect(servers []string, options ...kgo.Opt) *kgo.Client {
	// Otherwise it is five seconds before a client asks again what there is.
	options = append(options, kgo.SeedBrokers(servers...), kgo.MetadataMinAge(50*time.Millisecond))
	return story.Must(kgo.NewClient(options...))
}

func (c *client) Lacks() map[string]string { return nil }

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

// The codecs by their numbers in a batch's attributes.
var numbered = []string{"none", "gzip", "snappy", "lz4", "zstd"}

func (c *client) Produce(topic string, how story.Sending, records []story.Record) []story.Record {
	options := []kgo.Opt{kgo.ProducerBatchCompression(codecs[how.Codec])}
	if !how.Idempotent {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	producer := connect(c.servers, options...)
	defer producer.Close()
	outgoing := make([]*kgo.Record, len(records))
	for i, it := range records {
		outgoing[i] = &kgo.Record{Topic: topic, Key: []byte(it.Key), Value: []byte(it.Value), Timestamp: time.UnixMilli(it.Time)}
		if it.Null {
			outgoing[i].Value = nil
		}
		for _, header := range it.Headers {
			outgoing[i].Headers = append(outgoing[i].Headers, kgo.RecordHeader{Key: header.Key, Value: []byte(header.Value)})
		}
	}
	story.Check(producer.ProduceSync(background, outgoing...).FirstErr())
	for i, it := range outgoing {
		records[i].Partition, records[i].Offset, records[i].Codec = it.Partition, it.Offset, how.Codec
	}
	return records
}

func (c *client) Read(topic string, from map[int32]int64, to *story.Journal) (stop func()) {
	offsets := map[int32]kgo.Offset{}
	for partition, offset := range from {
		offsets[partition] = kgo.NewOffset().At(offset) // -1 and -2 are the end and the beginning here as well
	}
	consumer := connect(c.servers, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: offsets}),
		kgo.FetchMaxWait(20*time.Millisecond))
	go poll(consumer, to)
	return consumer.Close
}

// poll reads until the consumer is closed.
func poll(consumer *kgo.Client, to *story.Journal) {
	for {
		fetches := consumer.PollFetches(background)
		if fetches.IsClientClosed() {
			return
		}
		fetches.EachError(func(_ string, _ int32, err error) {
			var tellsOnly *kgo.ErrGroupSession // it joins again by itself: the coordinator is dying, or is another
			if !errors.As(err, &tellsOnly) {
				story.Check(err)
			}
		})
		fetches.EachRecord(func(it *kgo.Record) { to.Add(found(it)) })
	}
}

func found(it *kgo.Record) story.Record {
	record := story.Record{
		Partition: it.Partition,
		Offset:    it.Offset,
		Time:      it.Timestamp.UnixMilli(),
		Key:       string(it.Key),
		Value:     string(it.Value),
		Null:      it.Value == nil,
		Codec:     numbered[it.Attrs.CompressionType()],
	}
	for _, header := range it.Headers {
		record.Headers = append(record.Headers, story.Header{Key: header.Key, Value: string(header.Value)})
	}
	return record
}
