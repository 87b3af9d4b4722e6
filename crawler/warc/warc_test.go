package warc_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"amble/crawler/warc"
)

func exchange(payload string) *warc.Exchange {
	return &warc.Exchange{
		URL: "http://example.com/", Date: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Request: []byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"), Head: []byte("HTTP/1.1 200 OK\r\n\r\n"), Payload: []byte(payload),
	}
}

// What is appended after Keep is gone after Close, after Resume, and where a new file was begun in vain.
func TestArchiveGoesBackToItsMark(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.warc.gz")
	a, err := warc.Create(name, warc.Options{MaxSize: 10 << 10})
	if err != nil {
		t.Fatal(err)
	}
	add := func() {
		t.Helper()
		if err := a.Append(warc.Encode(exchange("hello"), true).Records()); err != nil {
			t.Fatal(err)
		}
	}
	size := func(path string) int64 {
		t.Helper()
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return st.Size()
	}
	add()
	mark := a.Position()
	a.Keep()
	add()
	if err := a.Close(); err != nil || size(name) != mark.Size {
		t.Fatalf("Close left %d bytes of %d: %v", size(name), mark.Size, err)
	}
	if a, err = warc.Resume(name, mark, warc.Options{}); err != nil {
		t.Fatal(err)
	}
	add() // and dies
	if a, err = warc.Resume(name, mark, warc.Options{}); err != nil || size(name) != mark.Size {
		t.Fatalf("Resume left %d bytes of %d: %v", size(name), mark.Size, err)
	}
	var next warc.Mark
	if err := a.Next(func(m warc.Mark) error { next = m; return nil }); err != nil {
		t.Fatal(err)
	}
	add() // and dies
	second := warc.FileName(name, 2)
	before := size(second)
	if a, err = warc.Resume(name, next, warc.Options{}); err != nil || size(second) >= before {
		t.Fatalf("the second file has %d bytes of %d: %v", size(second), before, err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, mark.Size-1); err != nil {
		t.Fatal(err)
	}
	if _, err := warc.Resume(name, mark, warc.Options{}); err == nil {
		t.Error("an archive that was cut is taken up")
	}
	if _, err := warc.Create(name, warc.Options{}); err == nil {
		t.Error("an archive that is there is made")
	}
}

func ExampleArchive() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	a, err := warc.Create(filepath.Join(dir, "example.warc"), warc.Options{})
	if err != nil {
		panic(err)
	}
	first, second := warc.Encode(exchange("hello"), false), warc.Encode(exchange("hello"), false)
	if first.Digest() == second.Digest() {
		second.Repeat(first.Original())
	}
	for _, e := range []*warc.Encoded{first, second} {
		if err := a.Append(e.Records()); err != nil {
			panic(err)
		}
	}
	a.Keep()
	fmt.Println(a.Close())
	// Output: <nil>
}
