package main

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// A record and where it lies: as the producer was told, or as a consumer found it. What a client or the version it speaks
// does not have (times, headers) is empty in both.
type record struct {
	partition int32
	offset    int64
	time      int64 // in milliseconds
	key       string
	value     string
	tombstone bool   // the value is null
	trace     string // a header
}

// A journal of what was read, by any number of members.
type journal struct {
	mutex   sync.Mutex
	records []record
}

func (j *journal) add(records ...record) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.records = append(j.records, records...)
}

func (j *journal) read() []record {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return slices.Clone(j.records)
}

// forget drops what was read from these offsets on.
func (j *journal) forget(from map[int32]int64) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.records = slices.DeleteFunc(j.records, func(it record) bool { return it.offset >= from[it.partition] })
}

// ends gives for each partition the offset after its last record.
func (j *journal) ends() map[int32]int64 {
	ends := map[int32]int64{}
	for _, it := range j.read() {
		ends[it.partition] = max(ends[it.partition], it.offset+1)
	}
	return ends
}

// expectAll waits until as many records are read as were sent, and expects each one once, where the producer was told that
// it is, and in the order of its partition.
func (j *journal) expectAll(sent []record) {
	until(fmt.Sprintf("%d records to be read", len(sent)), func() bool { return len(j.read()) >= len(sent) })
	expect("the records, partition by partition", byPartition(j.read()), byPartition(sent))
}

func byPartition(records []record) []record {
	sorted := slices.Clone(records)
	slices.SortStableFunc(sorted, func(a, b record) int { return int(a.partition - b.partition) })
	return sorted
}

func halfWay(from, to map[int32]int64) map[int32]int64 {
	middle := map[int32]int64{}
	for partition, end := range to {
		middle[partition] = (from[partition] + end) / 2
	}
	return middle
}

func only(offsets map[int32]int64, partitions []int32) map[int32]int64 {
	kept := map[int32]int64{}
	for _, partition := range partitions {
		kept[partition] = offsets[partition]
	}
	return kept
}

func expect(what string, found, expected any) {
	if f, e := fmt.Sprintf("%+v", found), fmt.Sprintf("%+v", expected); f != e {
		panic(fmt.Sprintf("%s: expected\n  %s\nbut found\n  %s", what, e, f))
	}
}

func until(what string, holds func() bool) {
	deadline := time.Now().Add(time.Minute)
	for !holds() {
		if time.Now().After(deadline) {
			panic("waited in vain for " + what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
