package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// unread is an output whose reader has gone.
type unread struct{}

func (unread) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
}

// A reader who has had enough is told of no failure, as of other programs; but who reads a crawl is told how it goes on.
func TestReaderWhoHasHadEnough(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	file, other := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	var stderr bytes.Buffer
	for _, f := range []string{file, other} {
		if code := run(ctx, []string{"crawl", "testsite:errors", "--rate", "0", "--retries", "0", "--file", f, "--quiet"}, io.Discard, &stderr); code != exitDone {
			t.Fatalf("exit code %d: %s", code, stderr.String())
		}
	}
	for _, args := range [][]string{
		{"export", file}, {"export", file, "--format", "csv"}, {"links", file}, {"links", file, "--format", "json"}, {"status", file}, {"status", file, "--json"},
		{"why", file, "http://errors.test/"}, {"why", file, "--slow"}, {"diff", file, other}, {"report", file, "--output", "-"},
	} {
		stderr.Reset()
		if code := run(ctx, args, unread{}, &stderr); code != exitUnread || stderr.Len() > 0 {
			t.Errorf("amble %s: exit code %d, said %q", strings.Join(args, " "), code, stderr.String())
		}
	}
	stderr.Reset()
	code := run(ctx, []string{"crawl", "testsite:tree", "--rate", "0", "--file", filepath.Join(dir, "c.db"), "--quiet", "--output", "-"}, unread{}, &stderr)
	if code != exitInterrupted || !strings.Contains(stderr.String(), "To go on: amble resume") {
		t.Errorf("a crawl: exit code %d, said %q", code, stderr.String())
	}
}
