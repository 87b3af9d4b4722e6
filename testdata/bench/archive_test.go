package main

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/nlnwa/gowarc"
)

// TestGowarcReadsArchives that amble writes and finds no fault with them, however strict it is: what a crawl of a bundled site and the crawl
// since then archive, with rotation, has every type of record.
func TestGowarcReadsArchives(t *testing.T) {
	dir := t.TempDir()
	amble := filepath.Join(dir, "amble")
	build := exec.Command("go", "build", "-o", amble, "./cmd/amble")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, args := range [][]string{
		{"crawl", "testsite:recrawl", "--file", "a.db", "--warc", "a.warc.gz", "--warc-max-size", "4K", "--workers", "1"},
		{"crawl", "testsite:recrawl", "--file", "b.db", "--warc", "b.warc.gz", "--since", "a.db"},
		{"crawl", "testsite:errors", "--file", "c.db", "--warc", "c.warc"},
	} {
		cmd := exec.Command(amble, append(args, "--rate", "0", "--quiet")...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("amble %v: %v\n%s", args, err, out)
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.warc*"))
	if err != nil || len(names) < 4 {
		t.Fatalf("archives: %q, %v", names, err)
	}
	records := make(map[string]int)
	for _, name := range names {
		if err := gowarcReads(name, records); err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
	}
	t.Log(records)
	for _, typ := range []string{"warcinfo", "request", "response", "revisit", "metadata"} {
		if records[typ] == 0 {
			t.Errorf("no record of type %s was read", typ)
		}
	}
}

func gowarcReads(name string, records map[string]int) error {
	r, err := gowarc.NewWarcFileReader(name, 0, gowarc.WithStrictValidation())
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		record, at, faults, err := r.Next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("at %d: %w", at, err)
		}
		if err := record.ValidateDigest(faults); err != nil {
			return fmt.Errorf("at %d: %w", at, err)
		}
		if !faults.Valid() {
			return fmt.Errorf("at %d: %s", at, faults)
		}
		records[record.Type().String()]++
		if err := record.Close(); err != nil {
			return err
		}
	}
}
