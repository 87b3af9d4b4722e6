package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"amble/crawler"
)

func TestListenAddress(t *testing.T) {
	for given, want := range map[string]string{
		":9100": "127.0.0.1:9100", "127.0.0.1:9100": "127.0.0.1:9100", "0.0.0.0:9100": "0.0.0.0:9100", "[::1]:0": "[::1]:0",
		"9100": "", "localhost": "", "a:b": "", ":99999": "", "": "",
	} {
		got, err := listenAddress(given)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", given, got, err, want)
		}
	}
}

// lockedBuffer is a standard error that can be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// waitFor waits until something has been said, and returns the first submatch.
func (l *lockedBuffer) waitFor(t *testing.T, expression string) string {
	t.Helper()
	re := regexp.MustCompile(expression)
	for range 1000 {
		if m := re.FindStringSubmatch(l.String()); m != nil {
			return m[len(m)-1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s was not said:\n%s", expression, l)
	return ""
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestMetricsAreServedWhileTheCrawlRuns, and not after.
func TestMetricsAreServedWhileTheCrawlRuns(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stderr lockedBuffer
	code := make(chan int)
	go func() {
		code <- run(ctx, []string{
			"crawl", "testsite:maze", "--depth", "-1", "--rate", "50", "--file", filepath.Join(t.TempDir(), "c.db"), "--listen", ":0", "--verbose",
		}, io.Discard, &stderr)
	}()
	at := "http://" + stderr.waitFor(t, `Metrics at http://(127\.0\.0\.1:\d+)/metrics\n`)
	stderr.waitFor(t, `1 http://maze.test/`)
	status, body := get(t, at+"/metrics")
	if status != 200 {
		t.Errorf("/metrics: %d", status)
	}
	for _, name := range []string{
		`amble_pages_total{outcome="fetched"} `, `amble_crawl_state{state="running"} 1`, "amble_queued_urls ", "go_goroutines ", "process_start_time_seconds ",
	} {
		if !strings.Contains(body, "\n"+name) {
			t.Errorf("/metrics does not have %q", name)
		}
	}
	if status, body := get(t, at+"/healthz"); status != 200 || !strings.HasPrefix(body, `{"state":"running","pages":`) {
		t.Errorf("/healthz: %d %s", status, body)
	}
	if status, _ := get(t, at+"/nowhere"); status != 404 {
		t.Errorf("/nowhere: %d", status)
	}
	cancel()
	<-code
	if conn, err := net.Dial("tcp", strings.TrimPrefix(at, "http://")); err == nil {
		conn.Close()
		t.Error("something listens there after the crawl")
	}
}

func TestAPortInUseIsToldBeforeTheFirstRequest(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	addr := taken.Addr().String()
	file := filepath.Join(t.TempDir(), "c.db")
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"crawl", "testsite:tree", "--file", file, "--listen", addr}, io.Discard, &stderr)
	if want := "amble: --listen " + addr + ": address already in use: name another port, or 0 for a free one\n"; code != exitStuck || stderr.String() != want {
		t.Errorf("exit code %d:\n%swant\n%s", code, stderr.String(), want)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the crawl file: %v", err)
	}
}

func TestHealth(t *testing.T) {
	for end, want := range map[crawler.End]struct {
		status int
		state  string
	}{
		"": {200, "starting"}, crawler.Running: {200, "running"}, crawler.Complete: {200, "complete"}, crawler.Interrupted: {200, "interrupted"},
		crawler.Failed: {503, "failed"},
	} {
		w := httptest.NewRecorder()
		answerHealth(w, crawler.Progress{Stats: crawler.Stats{End: end, Reason: "why"}})
		if w.Code != want.status || !strings.Contains(w.Body.String(), `"state":"`+want.state+`","reason":"why"`) {
			t.Errorf("%q: %d %s", end, w.Code, w.Body)
		}
	}
}
