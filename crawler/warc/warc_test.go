package warc_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"
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

// A file that has nothing but its warcinfo takes what comes, however large: the next one would have no more room.
func TestFileIsFullWhenItHoldsSomething(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.warc")
	a, err := warc.Create(name, warc.Options{MaxSize: 10})
	if err != nil {
		t.Fatal(err)
	}
	keep := func(warc.Mark) error { return nil }
	for n := range 3 {
		if a.Full(1 << 20) {
			t.Errorf("file %d is full before it holds anything", n+1)
		}
		if err := a.Append(warc.Encode(exchange("hello"), false).Records()); err != nil {
			t.Fatal(err)
		}
		if !a.Full(1) {
			t.Errorf("file %d takes more than it may", n+1)
		}
		if err := a.Next(keep); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(warc.FileName(name, 4)); err == nil {
		t.Error("the file that was begun last, and holds nothing that is on record, is there")
	}
}

// A rotation that fails is told once, and what was kept is there.
func TestFailedRotationIsOneError(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("where an open file keeps its folder")
	}
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	a, err := warc.Create(filepath.Join(dir, "a.warc.gz"), warc.Options{MaxSize: 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	next := warc.Mark{}
	err = a.Next(func(m warc.Mark) error { next = m; return nil })
	if want := "the archive " + filepath.Join(dir, "a-00002.warc.gz") + ": no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if next != (warc.Mark{File: 2}) {
		t.Errorf("announced: %+v", next)
	}
	if err := a.Close(); err != nil {
		t.Errorf("Close says it again: %v", err)
	}
}

func ExampleArchive() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "example.warc") // .warc.gz compresses
	a, err := warc.Create(name, warc.Options{Info: []warc.Field{{Name: "operator", Value: "webmaster@example.com"}}})
	if err != nil {
		log.Fatal(err)
	}
	first, second := warc.Encode(exchange("hello"), false), warc.Encode(exchange("hello"), false)
	if first.Digest() == second.Digest() {
		second.Repeat(first.Original()) // its payload is not written once more
	}
	for _, e := range []*warc.Encoded{first, second} {
		if err := a.Append(e.Records()); err != nil {
			log.Fatal(err)
		}
	}
	if err := a.Sync(); err != nil {
		log.Fatal(err)
	}
	a.Keep()
	if err := a.Close(); err != nil {
		log.Fatal(err)
	}
	all, err := os.ReadFile(name)
	if err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(string(all)) {
		if typ, ok := strings.CutPrefix(line, "WARC-Type: "); ok {
			fmt.Println(strings.TrimSpace(typ))
		}
	}
	// Output:
	// warcinfo
	// request
	// response
	// request
	// revisit
}
