//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var knownURLs = flag.String("known", "", "measure crawls that know so many URLs, as in 1000000,10000000")

// knownDomains is over how many domains such a crawl goes. Each has one page that names many others, so that what one page costs stays small
// beside what all of them leave behind.
const knownDomains = 500

// knownWeb is a web of which a crawl knows all soon and has fetched little: the seed names a hub of each domain, and each hub as many leaves, which
// are named nowhere else. Leaves are not answered until open is closed: so the crawl stands still when it has met them all.
type knownWeb struct {
	port   string // of all domains
	links  int    // of each hub
	open   chan struct{}
	leaves atomic.Int64  // asked for
	asked  chan struct{} // closed at the first request for a leaf
	once   sync.Once
}

func (w *knownWeb) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	var b []byte
	switch kind {
	case "":
		for i := range knownDomains {
			b = fmt.Appendf(b, "<a href=http://known-%d.test:%s/hub/%d>\n", i, w.port, i)
		}
	case "hub":
		for i := range w.links {
			b = fmt.Appendf(b, "<a href=/leaf/%s/%d>\n", rest, i)
		}
	case "leaf":
		w.leaves.Add(1)
		w.once.Do(func() { close(w.asked) })
		select {
		case <-w.open:
		case <-r.Context().Done():
		}
		b = append(b, "<title>A leaf</title>"...)
	default:
		http.NotFound(out, r)
		return
	}
	out.Write(b)
}

// serveKnown serves the web at the address, a free one if it is empty.
func serveKnown(b *testing.B, addr string, urls int) (w *knownWeb, at string, stop func()) {
	b.Helper()
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	w = &knownWeb{port: port, links: urls / knownDomains, open: make(chan struct{}), asked: make(chan struct{})}
	s := &http.Server{Handler: w, ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := s.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			b.Error(err)
		}
	}()
	return w, ln.Addr().String(), func() {
		s.Close()
		<-served
	}
}

// resident is the most memory that a process has had resident so far, in MiB.
func resident(b *testing.B, c *child) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		b.Fatalf("%v\n%s", err, c.stderr.String())
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest + " ?")[0])
	if err != nil {
		b.Fatalf("no VmHWM: %v", err)
	}
	return float64(kib) / 1024
}

// BenchmarkKnown measures the built command on crawls that know very many URLs: the time to meet them all, the peak of resident memory,
// the crawl file's size; then, after an orderly end, the time from the start of amble resume to its first request for a page and until all is taken up, and
// its peak of memory until then. What is resident counts all of the process, the database's cache and the room for garbage included.
func BenchmarkKnown(b *testing.B) {
	if *knownURLs == "" {
		b.Skip("takes minutes and gigabytes: make memory")
	}
	for size := range strings.SplitSeq(*knownURLs, ",") {
		urls, err := strconv.Atoi(size)
		if err != nil || urls < knownDomains {
			b.Fatalf("-known %q: want numbers from %d", size, knownDomains)
		}
		b.Run(size, func(b *testing.B) {
			for range b.N {
				measureKnown(b, urls)
			}
		})
	}
}

// half an hour is what each phase may take.
const half = 30 * time.Minute

func measureKnown(b *testing.B, urls int) {
	command, file := built(b, false), filepath.Join(b.TempDir(), "c.db")
	w, addr, stop := serveKnown(b, "", urls)
	begun := time.Now()
	c := start(b, command, "crawl", "http://known-0.test:"+w.port+"/", "--file", file, "--proxy", "none", "--allow-private",
		"--resolve", "*:"+w.port+":127.0.0.1", "--depth", "-1", "--scope", "any", "--rate", "0",
		"--timeout", "1h", "--workers", strconv.Itoa(2*knownDomains), "--max-host-pages", "0", "--quiet")
	within(b, c, half, func() bool { return w.leaves.Load() == knownDomains }) // each domain has come to its leaves
	subside(b, c, file)
	b.ReportMetric(time.Since(begun).Seconds(), "s-meet")
	b.ReportMetric(resident(b, c), "MiB-meet")
	b.ReportMetric(resident(b, c)*(1<<20)/float64(urls), "B/URL")
	interrupt(b, c)
	close(w.open)
	if code := c.waitFor(10 * time.Minute); code != exitInterrupted {
		b.Fatalf("exit code %d: %s", code, c.stderr.String())
	}
	stop()
	st, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(st.Size())/(1<<20), "MiB-file")

	w, _, stop = serveKnown(b, addr, urls)
	defer stop()
	defer close(w.open)
	begun = time.Now()
	health := freeAddress(b)
	c = start(b, command, "resume", file, "--quiet", "--listen", health)
	within(b, c, half, func() bool {
		select {
		case <-w.asked:
			return true
		default:
			return false
		}
	})
	b.ReportMetric(time.Since(begun).Seconds(), "s-resume")
	within(b, c, half, func() bool { return w.leaves.Load() == knownDomains && !restoring(health) })
	b.ReportMetric(time.Since(begun).Seconds(), "s-restored")
	b.ReportMetric(resident(b, c), "MiB-resume")
	c.kill()
	b.ReportMetric(0, "ns/op") // which would say nothing
}

// freeAddress is one where nobody listens.
func freeAddress(b *testing.B) string {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// restoring reports whether a crawl is still taking up what is on record, or does not say.
func restoring(health string) bool {
	time.Sleep(50 * time.Millisecond)
	answer, err := http.Get("http://" + health + "/healthz")
	if err != nil {
		return true
	}
	defer answer.Body.Close()
	var state struct{ Restoring bool }
	err = json.NewDecoder(answer.Body).Decode(&state)
	return err != nil || state.Restoring
}

func interrupt(b *testing.B, c *child) {
	b.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGINT); err != nil {
		b.Fatal(err)
	}
	time.Sleep(time.Second) // so that it stops before anything more is asked for
}

// within waits until something is so.
func within(b *testing.B, c *child, limit time.Duration, so func() bool) {
	b.Helper()
	for deadline := time.Now().Add(limit); !so(); time.Sleep(time.Millisecond) {
		if c.over() {
			b.Fatalf("amble %s has ended: %s", c.cmd.Args[1], c.stderr.String())
		}
		if time.Now().After(deadline) {
			b.Fatalf("amble %s takes longer than %v", c.cmd.Args[1], limit)
		}
	}
}

// settle waits until the crawl file has not changed for two seconds: what was handed over to be written has been.
func subside(b *testing.B, c *child, file string) {
	b.Helper()
	last, since := int64(-1), time.Now()
	within(b, c, 10*time.Minute, func() bool {
		now := int64(0)
		for _, side := range []string{"", "-wal"} {
			if st, err := os.Stat(file + side); err == nil {
				now += st.Size() + st.ModTime().UnixNano()
			}
		}
		if now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > 2*time.Second
	})
}
