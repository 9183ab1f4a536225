// kafka-go, of segmentio: its Writer, its Reader, and the Client beneath them.
//
//	kafka-go BOOTSTRAP_SERVERS
package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"memkafka/conformance/clients/story"
)

const maxWait = 20 * time.Millisecond

var background = context.Background()

func main() {
	servers := story.Servers()
	// Otherwise it is six seconds before a client asks again what there is.
	transport := &kafka.Transport{MetadataTTL: 50 * time.Millisecond}
	addr := kafka.TCP(servers...)
	story.Tell(&client{servers, transport, &kafka.Client{Addr: addr, Transport: transport}}, len(servers), nil)
}

type client struct {
	servers   []string
	transport *kafka.Transport
	kafka     *kafka.Client
}

func (c *client) Lacks() map[string]string {
	return map[string]string{
		"idempotent":          "its Writer is not",
		story.DeletingRecords: "kafka-go has no DeleteRecords",
	}
}

var codecs = map[string]kafka.Compression{
	"gzip":   kafka.Gzip,
	"snappy": kafka.Snappy,
	"lz4":    kafka.Lz4,
	"zstd":   kafka.Zstd,
}

func (c *client) Produce(topic string, how story.Sending, records []story.Record) []story.Record {
	sent := slices.Clone(records)
	var mutex sync.Mutex
	writer := &kafka.Writer{
		Addr:         c.kafka.Addr,
		Transport:    c.transport,
		Topic:        topic,
		Balancer:     &kafka.Hash{},
		RequiredAcks: kafka.RequireAll,
		BatchTimeout: 10 * time.Millisecond,
		Compression:  codecs[how.Codec],
		Completion: func(messages []kafka.Message, err error) {
			if err != nil {
				return // WriteMessages tells of it
			}
			mutex.Lock()
			defer mutex.Unlock()
			for _, it := range messages {
				record := &sent[it.WriterData.(int)]
				record.Partition, record.Offset = int32(it.Partition), it.Offset
			}
		},
	}
	messages := make([]kafka.Message, len(records))
	for i, it := range records {
		messages[i] = kafka.Message{Key: []byte(it.Key), Value: []byte(it.Value), Time: time.UnixMilli(it.Time), WriterData: i}
		if it.Null {
			messages[i].Value = nil
			sent[i].Null = false // a Reader does not tell a null from an empty value
		}
		for _, header := range it.Headers {
			messages[i].Headers = append(messages[i].Headers, kafka.Header{Key: header.Key, Value: []byte(header.Value)})
		}
	}
	story.Check(writer.WriteMessages(background, messages...))
	story.Check(writer.Close())
	return sent
}

func (c *client) Read(topic string, from map[int32]int64, to *story.Journal) (stop func()) {
	var readers []*kafka.Reader
	for partition, offset := range from {
		config := kafka.ReaderConfig{Brokers: c.servers, Topic: topic, Partition: int(partition), MaxWait: maxWait}
		reader := kafka.NewReader(config)
		story.Check(reader.SetOffset(offset)) // the beginning and the end are -2 and -1 here as well
		readers = append(readers, reader)
		go read(reader, to)
	}
	return func() {
		var closing sync.WaitGroup
		for _, reader := range readers {
			closing.Go(func() { story.Check(reader.Close()) })
		}
		closing.Wait()
	}
}

// read reads until the reader is closed.
func read(reader *kafka.Reader, to *story.Journal) {
	for {
		it, err := reader.FetchMessage(background)
		if errors.Is(err, io.EOF) {
			return
		}
		story.Check(err)
		to.Add(found(it))
	}
}

func found(it kafka.Message) story.Record {
	record := story.Record{
		Partition: int32(it.Partition),
		Offset:    it.Offset,
		Time:      it.Time.UnixMilli(),
		Key:       string(it.Key),
		Value:     string(it.Value),
	}
	for _, header := range it.Headers {
		record.Headers = append(record.Headers, story.Header{Key: header.Key, Value: string(header.Value)})
	}
	return record
}
