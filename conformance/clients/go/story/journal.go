package story

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// A Record and where it lies: as the producer was told, or as a consumer found it. What a client or the version it speaks
// does not have is left out in both.
type Record struct {
	Partition int32
	Offset    int64
	Time      int64 // in milliseconds
	Key       string
	Value     string
	Null      bool // the value
	Headers   []Header
	Codec     string // of its batch, where the client tells
}

type Header struct{ Key, Value string }

// A Journal of what was read, by any number of readers and members.
type Journal struct {
	mutex   sync.Mutex
	records []Record
}

func (j *Journal) Add(records ...Record) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.records = append(j.records, records...)
}

func (j *Journal) Read() []Record {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return slices.Clone(j.records)
}

// Forget drops what was read from these offsets on.
func (j *Journal) Forget(from map[int32]int64) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.records = slices.DeleteFunc(j.records, func(it Record) bool { return it.Offset >= from[it.Partition] })
}

// Expect waits until as many records are read as were sent, and expects each one once, where the producer was told that it
// is, and in the order of its partition.
func (j *Journal) Expect(sent []Record) {
	// What is missing once the time is up is told below.
	waited(func() bool { return len(j.Read()) >= len(sent) })
	found, expected := byPartition(j.Read()), byPartition(sent)
	for i := range min(len(found), len(expected)) {
		Expect(fmt.Sprintf("record %d, partition by partition", i), found[i], expected[i])
	}
	Expect("the number of records that are read", len(found), len(expected))
}

func byPartition(records []Record) []Record {
	sorted := slices.Clone(records)
	slices.SortStableFunc(sorted, func(a, b Record) int { return int(a.Partition - b.Partition) })
	return sorted
}

// Ends gives for each partition the offset after its last record.
func Ends(records []Record) map[int32]int64 {
	ends := map[int32]int64{}
	for _, it := range records {
		ends[it.Partition] = max(ends[it.Partition], it.Offset+1)
	}
	return ends
}

// HalfWay gives for each partition an offset in the middle. What is missing in from begins at 0.
func HalfWay(from, to map[int32]int64) map[int32]int64 {
	middle := map[int32]int64{}
	for partition, end := range to {
		middle[partition] = (from[partition] + end) / 2
	}
	return middle
}

// Since gives the records from these offsets on.
func Since(from map[int32]int64, records []Record) []Record {
	return slices.DeleteFunc(slices.Clone(records), func(it Record) bool { return it.Offset < from[it.Partition] })
}

// All gives every partition the same offset.
func All(partitions int, offset int64) map[int32]int64 {
	all := map[int32]int64{}
	for partition := range int32(partitions) {
		all[partition] = offset
	}
	return all
}

// Only gives the offsets of these partitions.
func Only(offsets map[int32]int64, partitions []int32) map[int32]int64 {
	kept := maps.Clone(offsets)
	maps.DeleteFunc(kept, func(partition int32, _ int64) bool { return !slices.Contains(partitions, partition) })
	return kept
}
