package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"amble/crawler"
)

// oneStop is how soon a second signal still belongs to the first: timeout(1) sends one to its command and one to the whole group of processes, and a wrapper
// passes on what the terminal has sent to both. A person takes longer.
const oneStop = 250 * time.Millisecond

// heedSignals stops the crawl orderly at the first Ctrl-C or SIGTERM and at once at the second (see oneStop). SIGHUP opens the log file anew, if
// there is one; without one it says that the terminal is gone, and stops the crawl too, unless it was ignored when the command began
// (nohup). The function it returns ends that, and reports whether there was a second.
func (j *job) heedSignals(c *crawler.Crawler, cancel context.CancelFunc) (forced func() bool) {
	signals := make(chan os.Signal, 2)
	heeded := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if j.journal.file != nil || !signal.Ignored(syscall.SIGHUP) {
		heeded = append(heeded, syscall.SIGHUP)
	}
	signal.Notify(signals, heeded...)
	done := make(chan bool)
	ended := make(chan bool, 1)
	go func() {
		n := 0
		var first time.Time
		for {
			select {
			case s := <-signals:
				if s == syscall.SIGHUP && j.journal.file != nil {
					j.reopenLog()
				} else if n == 0 {
					n, first = 1, time.Now()
					j.stopping(c, s)
					c.Stop()
				} else if n > 1 || time.Since(first) > oneStop {
					n = 2
					j.journal.event(slog.LevelWarn, "leaving at once: a second signal", "signal", s.String())
					cancel()
				}
			case <-done:
				ended <- n > 1
				return
			}
		}
	}()
	return func() bool {
		signal.Stop(signals)
		close(done)
		return <-ended
	}
}

// stopping says that the crawl is about to stop, and what for.
func (j *job) stopping(c *crawler.Crawler, s os.Signal) {
	flying := c.Progress().InFlight
	j.journal.event(slog.LevelInfo, "stopping: a signal", "signal", s.String(), "in_flight", flying)
	if flying > 0 && !j.o.quiet {
		j.say(fmt.Sprintf("Stopping: %s in flight will be finished. Press Ctrl-C again to leave at once.", count(flying, "request")))
	}
}

// reopenLog follows whoever has moved the log file away.
func (j *job) reopenLog() {
	if err := j.journal.file.Reopen(); err != nil {
		j.failed("the log file %s cannot be opened again: %v", j.o.logFile, cause(err))
		return
	}
	j.journal.event(slog.LevelInfo, "the log file was opened anew: SIGHUP")
}
