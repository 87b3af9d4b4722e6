package main

import "testing"

func TestRoomForGarbageIsBounded(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		live int64
		room int64 // in MiB, at the most
	}{{0, 0}, {10 * mib, 10}, {32 * mib, 32}, {48 * mib, 32}, {128 * mib, 32}, {600 * mib, 150}, {3000 * mib, 750}} {
		percent := garbagePercent(c.live)
		if percent < 25 || percent > 100 {
			t.Errorf("%d MiB alive: %d %%", c.live/mib, percent)
		}
		if room := c.live * int64(percent) / 100 / mib; room > c.room || room < c.room-c.room/10-1 {
			t.Errorf("%d MiB alive: room for %d MiB of garbage, want %d", c.live/mib, room, c.room)
		}
	}
}

func TestMemoryLimitLeavesRoomForWhatIsAlive(t *testing.T) {
	const mib = 1 << 20
	for live, want := range map[int64]int64{0: 160, 100: 160, 160: 200, 1000: 1250} {
		if got := memoryLimit(live*mib) / mib; got != want {
			t.Errorf("%d MiB alive: a limit of %d MiB, want %d", live, got, want)
		}
	}
}
