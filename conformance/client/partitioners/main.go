// Partitions prints where Sarama's partitioners put keys, as JSON: an object for each key, with a list for each partitioner.
//
//	partitions 1,6,50 key…
//
// The keys are in hexadecimal.
package main

import (
	"encoding/hex"
	"encoding/json"
	"hash"
	"hash/crc32"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/IBM/sarama"
)

func crc() hash.Hash32 { return crc32.NewIEEE() }

var partitioners = map[string]sarama.PartitionerConstructor{
	"hash":           sarama.NewHashPartitioner,
	"reference":      sarama.NewReferenceHashPartitioner,
	"consistentCRC":  sarama.NewConsistentCRCHashPartitioner,
	"murmur2":        sarama.NewMurmur2Partitioner,
	"custom":         sarama.NewCustomPartitioner(),
	"customUnsigned": sarama.NewCustomPartitioner(sarama.WithHashUnsigned()),
	"customBoth":     sarama.NewCustomPartitioner(sarama.WithHashUnsigned(), sarama.WithAbsFirst()),
	"customCRC":      sarama.NewCustomHashPartitioner(crc),
	"customCRCAbs":   sarama.NewCustomPartitioner(sarama.WithAbsFirst(), sarama.WithCustomHashFunction(crc)),
	"manual":         sarama.NewManualPartitioner,
}

func main() {
	log.SetFlags(0)
	var counts []int32
	for _, text := range strings.Split(os.Args[1], ",") {
		count, err := strconv.Atoi(text)
		check(err)
		counts = append(counts, int32(count))
	}
	var placed []map[string][]int32
	for _, text := range os.Args[2:] {
		key, err := hex.DecodeString(text)
		check(err)
		places := map[string][]int32{}
		for name, create := range partitioners {
			partitioner := create("topic")
			for _, count := range counts {
				// NewManualPartitioner has no use for the key: it is given one less than there are.
				message := &sarama.ProducerMessage{Key: sarama.ByteEncoder(key), Partition: count - 1}
				partition, err := partitioner.Partition(message, count)
				check(err)
				places[name] = append(places[name], partition)
			}
		}
		placed = append(placed, places)
	}
	roundRobin := []int32{}
	partitioner := sarama.NewRoundRobinPartitioner("topic")
	for _, count := range counts {
		for range 4 {
			partition, err := partitioner.Partition(&sarama.ProducerMessage{}, count)
			check(err)
			roundRobin = append(roundRobin, partition)
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{"keys": placed, "roundRobin": roundRobin}))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
