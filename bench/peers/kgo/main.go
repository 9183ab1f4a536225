// kgo is franz-go's client as one of the two under which the peers are measured. A task is a line of JSON at the standard
// input, and its figures, or why there are none, a line at the standard output; it ends with its input.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A task, and whatever of its sizes it takes. bench/peers/task.ts says the same in TypeScript.
type task struct {
	Task        string
	Address     string
	Topic       string
	RecordBytes int
	Records     int
	Assignor    string
	Members     int
	Topics      int
}

type answer struct {
	Values  []float64 `json:"values,omitempty"`
	Failure string    `json:"failure,omitempty"`
}

var tasks = map[string]func(context.Context, task) ([]float64, error){
	"first":        first,
	"produce":      produce,
	"consume":      consume,
	"delete":       deleteTopic,
	"latency":      latency,
	"assign":       assign,
	"late":         late,
	"topics":       topics,
	"transactions": transactions,
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		values, err := do(lines.Bytes())
		said := answer{Values: values}
		if err != nil {
			said.Failure = err.Error()
		}
		if err := out.Encode(said); err != nil {
			os.Exit(1)
		}
	}
}

func do(line []byte) ([]float64, error) {
	var asked task
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	doIt, known := tasks[asked.Task]
	if !known {
		return nil, fmt.Errorf("kgo knows no task %q", asked.Task)
	}
	return doIt(context.Background(), asked)
}

// A client as it is out of the box, but that it compresses nothing and tries again at once: what is measured is the broker,
// and not how long a client waits before it asks a broker again that is not ready.
func connect(address string, options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(address),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.RetryBackoffFn(func(int) time.Duration { return 5 * time.Millisecond }),
		kgo.RequestRetries(1_000_000),
		kgo.UnknownTopicRetries(-1),
		kgo.MetadataMinAge(10 * time.Millisecond),
	}, options...)...)
}

func admin(ctx context.Context, address string, use func(*kadm.Client) error) error {
	client, err := connect(address)
	if err != nil {
		return err
	}
	defer client.Close()
	return use(kadm.NewClient(client))
}

func createTopic(ctx context.Context, address, topic string, partitions int32) error {
	return admin(ctx, address, func(admin *kadm.Client) error {
		_, err := admin.CreateTopic(ctx, partitions, 1, nil, topic)
		return err
	})
}

func deleteTopic(ctx context.Context, it task) ([]float64, error) {
	return nil, admin(ctx, it.Address, func(admin *kadm.Client) error {
		deleted, err := admin.DeleteTopics(ctx, it.Topic)
		if err != nil {
			return err
		}
		return deleted.Error()
	})
}

func milliseconds(since time.Time) float64 { return float64(time.Since(since).Nanoseconds()) / 1e6 }
