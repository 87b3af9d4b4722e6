package frontier

import "time"

// Snapshot is the state of the schedule at one moment.
type Snapshot struct {
	Started   int    // URLs fetched or being fetched
	Queued    int    // URLs that wait, for their turn, for robots.txt or for another attempt
	InFlight  int    // tasks with a worker
	Domains   int    // domains that have been asked or are to be
	Limited   string // the budget that is used up: "pages" or "bytes"; "" if none is
	Asleep    int    // URLs that wait for hosts which were set aside because they fail
	Abandoned int    // URLs given up with hosts that never came back
	Overspent int    // URLs left with hosts that have had their budget of bytes
	Network   bool   // the crawl ended because the network did not come back
	Received  int64  // that came, earlier runs included
	Restoring bool   // what earlier runs knew is not all there yet: there is more that waits

	// Paused is why no request is made at the moment, in a few words; "" if that is not so. PausedUntil is how long; zero if that is
	// not known.
	Paused      string
	PausedUntil time.Time

	// Next is the domain that is due first, NextAt when; "" if nothing waits for its turn. With NextAt in the past, it is
	// a worker that is waited for.
	Next   string
	NextAt time.Time
	// Longest is the domain whose queue takes longest at its interval, and LongestFor how long: the least time that the
	// crawl still takes, as far as its links are known. Without an interval there is none.
	Longest    string
	LongestFor time.Duration
}

// Snapshot asks the loop for the state of the schedule. It blocks for as long as the loop takes to answer; after Run has
// returned it answers with the last state. It must not be called before Run.
func (f *Frontier) Snapshot() Snapshot {
	var s Snapshot
	if f.query(func(now time.Time) { s = f.loop.snapshot(now) }) {
		return s
	}
	return f.last
}

func (l *loop) snapshot(now time.Time) Snapshot {
	s := Snapshot{
		Started: l.started, Queued: l.pending - l.inFlight, InFlight: l.inFlight, Domains: len(l.domains),
		Limited: l.limited, Asleep: l.asleep, Abandoned: l.abandoned, Overspent: l.overspent, Received: l.bytes,
		Network: l.network.down && l.stopping,
	}
	if l.restoring {
		s.Restoring = true
		s.Queued--
	}
	s.Paused, s.PausedUntil = l.paused(now)
	if l.due.len() > 0 {
		s.Next, s.NextAt = l.due.first().name, l.due.first().due
	}
	for _, d := range l.domains {
		waiting := d.queue.live + d.stored
		if waiting == 0 {
			continue
		}
		left := time.Duration(waiting-1)*d.pace.Interval + max(0, d.notBefore.Sub(now))
		if left > s.LongestFor || left == s.LongestFor && d.name < s.Longest {
			s.Longest, s.LongestFor = d.name, left
		}
	}
	return s
}
