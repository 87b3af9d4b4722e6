//go:build unix

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/warc"
)

// TestTortureArchive kills a crawl that writes an archive, again and again, and holds the archive against the crawl file: each page that a
// server answered is archived once, and every record is whole.
func TestTortureArchive(t *testing.T) {
	seed := needTorture(t)
	r := rand.New(rand.NewPCG(seed, 7))
	o := newOrdeal(t, maze(t, 500, 12))
	name := filepath.Join(o.dir, "c.warc.gz")
	c := o.crawl("--warc", name, "--warc-max-size", "100K")
	for range 1000 { // until there is something to go on with
		if st, err := os.Stat(name); c.over() || err == nil && st.Size() > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	kills := 0
	for range 8 {
		time.Sleep(time.Duration(20+r.IntN(150)) * time.Millisecond) // the moment of death
		if c.over() {
			break
		}
		c.kill()
		c.wait()
		kills++
		c = o.resume()
	}
	o.ended(c)
	t.Logf("%d kills", kills)
	if files, pages, _ := o.archived(name); files < 2 || pages < 500 {
		t.Errorf("%d files: the archive was to be rotated; %d pages were looked at", files, pages)
	}
}

// TestTortureFullDiskForArchive: a crawl whose archive finds no room ends with one clear line, leaves no file without records behind, and goes on
// when there is room again; the crawl file lies elsewhere. Whether a record or a new file finds no room is a matter of sizes.
func TestTortureFullDiskForArchive(t *testing.T) {
	needTorture(t)
	for _, room := range []int64{8 << 10, 40 << 10, 100 << 10} {
		d := newDisk(t, 4<<20)
		o := newOrdeal(t, maze(t, 300, 1))
		name := filepath.Join(d.dir, "c.warc.gz")
		d.fill(t, room)
		refused(t, o.crawl("--warc", name, "--warc-max-size", "16K"), "the archive "+filepath.Join(d.dir, "c"), "no space left on device", "amble resume "+o.file)
		for n := 1; ; n++ {
			st, err := os.Stat(warc.FileName(name, n))
			if err != nil {
				break
			}
			if st.Size() == 0 {
				t.Errorf("%d bytes of room: file %d has nothing in it", room, n)
			}
		}
		d.free(t)
		o.ended(o.resume())
		if files, pages, _ := o.archived(name); files < 2 || pages < 300 {
			t.Errorf("%d bytes of room: %d files, %d pages", room, files, pages)
		}
	}
}

// archived holds the archive against the crawl file: each page that a server answered is archived once, and every record is whole. It returns the
// number of files, of pages that were looked at, and of the answers for each URL.
func (o *ordeal) archived(name string) (files, pages int, answers map[string]int) {
	t := o.t
	t.Helper()
	answers = make(map[string]int)
	ids := make(map[string]bool)
	for ; ; files++ {
		f, err := os.Open(warc.FileName(name, files+1))
		if errors.Is(err, os.ErrNotExist) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		readArchive(t, f, func(h textproto.MIMEHeader, _ []byte) {
			id := h.Get("WARC-Record-ID")
			if ids[id] {
				t.Errorf("record %s is there twice", id)
			}
			ids[id] = true
			switch h.Get("WARC-Type") {
			case warc.Response, warc.Revisit:
				answers[h.Get("WARC-Target-URI")]++
				if to := h.Get("WARC-Refers-To"); to != "" && !ids[to] {
					t.Errorf("a revisit of %s, which is not there before it", to)
				}
			}
		})
		f.Close()
	}
	f, err := crawlfile.OpenReadOnly(context.Background(), o.file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for p, err := range f.Pages(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Status != 0 && p.Attempts == 1 {
			if pages++; answers[p.URL] != 1 {
				t.Errorf("%s is in the archive %d times", p.URL, answers[p.URL])
			}
		}
	}
	return files, pages, answers
}

// readArchive reads each record of a file, which must be a gzip member of its own, and checks its length and digest.
func readArchive(t *testing.T, file io.Reader, take func(textproto.MIMEHeader, []byte)) {
	t.Helper()
	in := bufio.NewReader(file)
	for {
		if _, err := in.Peek(1); err == io.EOF {
			return
		}
		z, err := gzip.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		z.Multistream(false)
		all, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := bytes.Cut(all, []byte("\r\n\r\n"))
		version, fields, _ := bytes.Cut(head, []byte("\r\n"))
		h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(fields, "\r\n\r\n"...)))).ReadMIMEHeader()
		if err != nil || string(version) != "WARC/1.1" {
			t.Fatalf("%q: %v", head, err)
		}
		block, ok := bytes.CutSuffix(rest, []byte("\r\n\r\n"))
		if !ok || h.Get("Content-Length") != strconv.Itoa(len(block)) || h.Get("WARC-Block-Digest") != warc.Digest(block) {
			t.Fatalf("a broken record: %s", head)
		}
		take(h, block)
	}
}
