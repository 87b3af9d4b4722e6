package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// logFormat is nginx's, with tabs, which nginx escapes in what clients send.
const logFormat = `'$request_method\t$status\t$sent_http_content_type\t$request_uri'`

// Pages numbers the URLs of all pages that any crawler fetched from one site, so that who fetched which is a set of bits.
type Pages struct {
	number map[string]int
	urls   []string
}

// Tally is what one run asked for.
type Tally struct {
	Requests   int
	Distinct   int // HTML pages answered with 200 to GET
	Duplicates int // fetched again
	seen       []bool
}

// Read tallies the lines of an access log.
func (p *Pages) Read(r io.Reader) (Tally, error) {
	var t Tally
	if p.number == nil {
		p.number = make(map[string]int)
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		f := strings.Split(lines.Text(), "\t")
		if len(f) != 4 {
			return t, fmt.Errorf("access log: want 4 fields: %.200q", lines.Text())
		}
		t.Requests++
		if f[0] != "GET" || f[1] != "200" || !strings.HasPrefix(f[2], "text/html") {
			continue
		}
		n, ok := p.number[f[3]]
		if !ok {
			n = len(p.urls)
			u := strings.Clone(f[3])
			p.number[u], p.urls = n, append(p.urls, u)
		}
		if n >= len(t.seen) {
			t.seen = slices.Grow(t.seen, n+1-len(t.seen))[:n+1]
		}
		if t.seen[n] {
			t.Duplicates++
		} else {
			t.seen[n] = true
			t.Distinct++
		}
	}
	return t, lines.Err()
}

// Missing are the URLs that others fetched and this run did not, in order.
func (p *Pages) Missing(t Tally) []string {
	var m []string
	for n, u := range p.urls {
		if n >= len(t.seen) || !t.seen[n] {
			m = append(m, u)
		}
	}
	slices.Sort(m)
	return m
}

// logSince reads a site's log from an offset, when the server has written it all: it does so a moment after the client has its answer.
func (p *Pages) logSince(file string, offset int64) (Tally, error) {
	for last := int64(-1); ; time.Sleep(100 * time.Millisecond) {
		st, err := os.Stat(file)
		if err != nil {
			return Tally{}, err
		}
		if st.Size() == last {
			break
		}
		last = st.Size()
	}
	f, err := os.Open(file)
	if err != nil {
		return Tally{}, err
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return Tally{}, err
	}
	return p.Read(f)
}
