package crawlertest

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Request is one request as the server saw it.
type Request struct {
	Host      string // small letters, without port
	Target    string // path and query as sent
	Method    string
	UserAgent string
	Start     time.Time
	End       time.Time // zero while it is under way
	Status    int       // 0 while it is under way, and if nothing was answered
}

// URL is the address asked for, with scheme and without port.
func (r Request) URL() string { return "http://" + r.Host + r.Target }

// Log is a record of requests in the order of their beginnings. The zero Log is empty and ready; it is safe for
// concurrent use. It grows by some 200 bytes a request until Stop.
//
// The methods that take a function group hosts by what it returns, such as the registrable domain; nil means each host
// for itself.
type Log struct {
	mu       sync.Mutex
	requests []Request
	stopped  bool
}

// begin records the beginning of a request and returns what records its end.
func (l *Log) begin(r *http.Request) func(status int) {
	q := Request{Host: hostOf(r), Target: r.URL.RequestURI(), Method: r.Method, UserAgent: r.UserAgent()}
	if q.Method == "" {
		q.Method = http.MethodGet
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return func(int) {}
	}
	q.Start = time.Now() // under the lock, so that the order of the record is that of the times
	at := len(l.requests)
	l.requests = append(l.requests, q)
	return func(status int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.requests[at].End, l.requests[at].Status = time.Now(), status
	}
}

// Stop ends the recording of new requests: for servers that run for days, and for measurements of memory.
func (l *Log) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
}

// Requests returns a copy of the record.
func (l *Log) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

// Len is the number of requests so far, for those who wait for the next one.
func (l *Log) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.requests)
}

// Gaps returns, for each group of hosts, the times from the start of each request to that of the next, in order of
// time. A group with one request has an empty list.
func (l *Log) Gaps(by func(host string) string) map[string][]time.Duration {
	gaps := make(map[string][]time.Duration)
	last := make(map[string]time.Time)
	for _, r := range l.Requests() {
		g := group(by, r.Host)
		if t, ok := last[g]; ok {
			gaps[g] = append(gaps[g], r.Start.Sub(t))
		} else {
			gaps[g] = nil
		}
		last[g] = r.Start
	}
	return gaps
}

// MaxConcurrent returns, for each group of hosts, the greatest number of requests under way at once. A request that
// ends at the instant at which another starts is not under way with it.
func (l *Log) MaxConcurrent(by func(host string) string) map[string]int {
	most := make(map[string]int)
	open := make(map[string][]time.Time) // the ends of the requests under way; zero means not yet known
	for _, r := range l.Requests() {
		g := group(by, r.Host)
		still := slices.DeleteFunc(open[g], func(end time.Time) bool { return !end.IsZero() && !end.After(r.Start) })
		open[g] = append(still, r.End)
		most[g] = max(most[g], len(open[g]))
	}
	return most
}

// Count returns the number of requests for a URL, written as [Request.URL] writes it.
func (l *Log) Count(url string) int {
	n := 0
	for _, r := range l.Requests() {
		if r.URL() == url {
			n++
		}
	}
	return n
}

// Duplicates returns the URLs asked for more than once, sorted. Requests that were rightly repeated, as after a 503, are
// among them.
func (l *Log) Duplicates() []string {
	times := make(map[string]int)
	for _, r := range l.Requests() {
		times[r.URL()]++
	}
	maps.DeleteFunc(times, func(_ string, n int) bool { return n < 2 })
	return slices.Sorted(maps.Keys(times))
}

func group(by func(string) string, host string) string {
	if by == nil {
		return host
	}
	return by(host)
}
