package main

import (
	"io"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"amble/crawler"
)

// TestOneStopMayComeTwice: timeout(1) signals its command and then its whole group, which is one wish and not two.
func TestOneStopMayComeTwice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no process there can send itself a signal")
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		pause time.Duration
		want  bool
	}{{"at once", 10 * time.Millisecond, false}, {"by a person", 2 * oneStop, true}} {
		t.Run(c.name, func(t *testing.T) {
			crawl, err := crawler.New(crawler.Config{})
			if err != nil {
				t.Fatal(err)
			}
			j := job{o: new(options), con: newConsole(io.Discard)}
			left := make(chan struct{}, 9)
			forced := j.heedSignals(crawl, func() { left <- struct{}{} })
			for range 2 {
				if err := self.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				time.Sleep(c.pause) // so that they do not become one on the way
			}
			time.Sleep(oneStop)
			if got := forced(); got != c.want || (len(left) > 0) != c.want {
				t.Errorf("left at once: %v, cancelled %d times; want %v", got, len(left), c.want)
			}
		})
	}
}
