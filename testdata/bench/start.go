package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// stopwatch is a site of a few pages in a chain that notes when it was first asked and when it last answered.
type stopwatch struct {
	mu          sync.Mutex
	first, last time.Time
}

func (s *stopwatch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	n, _ := strconv.Atoi(r.URL.Path[1:])
	if r.URL.Path == "/robots.txt" {
		http.NotFound(w, r)
	} else {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!DOCTYPE html><title>%d</title>", n)
		if n < 100 {
			fmt.Fprintf(w, `<a href="/%d">next</a>`, n+1)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first.IsZero() {
		s.first = now
	}
	s.last = time.Now()
}

// benchStart measures what lies before the first request and behind the last answer, and a run that only prints its help.
func benchStart(ctx context.Context, e *bench, s settings) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	watch := &stopwatch{}
	server := &http.Server{Handler: watch}
	go server.Serve(ln) // until Close
	defer server.Close()
	var help, first, last []float64
	for i := range max(20, s.rounds) {
		c, err := measure(ctx, s.limit, s.amble, "--help")
		if err != nil {
			return err
		}
		help = append(help, milliseconds(c.Wall))
		file := filepath.Join(e.dir, fmt.Sprintf("start-%d.db", i))
		watch.first = time.Time{}
		begun, ended, err := watched(ctx, s.amble, "crawl", "http://"+ln.Addr().String()+"/", "--depth", "-1", "--rate", "0", "--adaptive", "0", "--file", file, "--quiet")
		os.Remove(file)
		if err != nil {
			return err
		}
		watch.mu.Lock()
		first, last = append(first, milliseconds(watch.first.Sub(begun))), append(last, milliseconds(ended.Sub(watch.last)))
		watch.mu.Unlock()
	}
	fmt.Printf("\n| | goal | ms |\n|---|---|---|\n| start to first request | 20 | %s |\n| last answer to exit | 50 | %s |\n| amble --help | 10 | %s |\n",
		cell(first, 1), cell(last, 1), cell(help, 1))
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// watched runs a command and tells when it was started and when it had ended.
func watched(ctx context.Context, name string, args ...string) (begun, ended time.Time, err error) {
	begun = time.Now()
	err = run(ctx, "/", nil, name, args...)
	return begun, time.Now(), err
}
