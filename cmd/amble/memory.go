package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Go's collector lets the heap grow to twice what is alive before it looks. For a crawl that holds 200 MB for a moment, because
// of one enormous page, that is another 200 MB which nobody gets back. So the room for garbage is kept between these bounds:
// plenty for a crawl of ordinary size, and a part of what is alive for a large one.
const (
	leastRoom = 32 << 20
	roomShare = 4 // one part in so many of what is alive
	roomEvery = 100 * time.Millisecond
	// leastLimit is the memory below which the collector need not hurry between two looks.
	leastLimit = 160 << 20
)

// boundGarbage sees to it until done is closed. It leaves the collector alone where the user has set GOGC or GOMEMLIMIT.
func boundGarbage(done <-chan struct{}) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	before, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(leastLimit)
	defer func() {
		debug.SetGCPercent(before)
		debug.SetMemoryLimit(limit)
	}()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	tick := time.NewTicker(roomEvery)
	defer tick.Stop()
	percent := 100
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		metrics.Read(sample)
		live := int64(sample[0].Value.Uint64())
		debug.SetMemoryLimit(memoryLimit(live))
		if next := garbagePercent(live); next != percent {
			percent = next
			debug.SetGCPercent(percent)
		}
	}
}

// memoryLimit is what everything may amount to until the next look, with so many bytes alive: a burst of large pages in between
// must not double it.
func memoryLimit(live int64) int64 { return max(leastLimit, live+max(leastRoom, live/roomShare)) }

// garbagePercent is the room for garbage beside so many bytes that are alive, in percent of them.
func garbagePercent(live int64) int {
	if live <= leastRoom {
		return 100
	}
	return int(100 * max(leastRoom, live/roomShare) / live)
}
