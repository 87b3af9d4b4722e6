//go:build unix

package main

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"amble/crawler/crawlertest"
	"amble/crawler/crawlfile"
)

// gallery is a site whose pages need each other and much else: style sheets within style sheets, pictures at another host, scripts,
// redirects, names that differ in case.
func gallery(t *testing.T, rooms int) *crawlertest.Site {
	t.Helper()
	var b strings.Builder
	b.WriteString("A gallery.\nseed: http://gallery.test/\nargs: --depth -1 --rate 0 --retries 0\n" +
		"-- gallery.test/index.html --\n<meta charset=utf-8><link rel=stylesheet href=/all.css><title>Gallery</title>\n")
	for i := range rooms {
		fmt.Fprintf(&b, "<a href=/room/%d>room</a> <a href=/Room/%d>Room</a>\n", i, i)
	}
	b.WriteString("-- gallery.test/all.css --\n")
	for i := range rooms {
		fmt.Fprintf(&b, "@import 'part/%d.css';\n", i)
	}
	for i := range rooms {
		fmt.Fprintf(&b, "-- gallery.test/room/%d --\n<title>%d</title><p>é <a href=/room/%d#p>next</a><img src=//pictures.test/%d.png><script src=/s%d.js></script>\n", i, i, (i+1)%rooms, i, i%3)
		fmt.Fprintf(&b, "-- gallery.test/Room/%d --\n!redirect 301 /room/%d?again\n", i, i)
		fmt.Fprintf(&b, "-- gallery.test/part/%d.css --\np { background: url(http://pictures.test/back/%d.png) }\n", i, i)
		fmt.Fprintf(&b, "-- pictures.test/%d.png --\n!fill 20KB noise\n-- pictures.test/back/%d.png --\nback %d\n", i, i, i)
	}
	b.WriteString("-- gallery.test/s0.js --\n0\n-- gallery.test/s1.js --\n1\n")
	s, err := crawlertest.ParseSite("gallery", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// treeOf is what lies in a copy, but for what it was made from: path -> content.
func treeOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	tree := make(map[string]string)
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".amble":
			return fs.SkipDir
		case !d.IsDir():
			b, err := os.ReadFile(filepath.Join(dir, path))
			tree[path] = string(b)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestTortureMirror kills crawls that make a copy, and the runs that go on with them: in the end there is the copy of a crawl that never died,
// byte for byte. Every other one makes an archive, too, in which all is once that is in the copy.
func TestTortureMirror(t *testing.T) {
	seed := needTorture(t)
	site := gallery(t, 25)
	peaceful := filepath.Join(t.TempDir(), "copy")
	want := undisturbedCrawl(t, site, "--mirror", peaceful)
	tree := treeOf(t, peaceful)
	if len(tree) < 100 {
		t.Fatalf("%d files: %q", len(tree), slices.Sorted(maps.Keys(tree)))
	}
	for i := range uint64(max(4, *torture/3)) {
		t.Run(strconv.FormatUint(seed+i, 10), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed+i, 11))
			workers := []int{1, 64}[r.IntN(2)]
			o := newOrdeal(t, site, "--workers", strconv.Itoa(workers))
			o.repeat = fmt.Sprintf("go test ./cmd/amble -run '^TestTortureMirror$' -torture 1 -torture-seed %d", seed+i)
			dir := filepath.Join(o.dir, "copy")
			o.flags = append(o.flags, "--mirror", dir)
			archive := ""
			if i%2 == 1 {
				archive = filepath.Join(o.dir, "c.warc.gz")
				o.flags = append(o.flags, "--warc", archive)
			}
			o.dieAndGoOn(r, want)
			o.same(want)
			if archive != "" {
				o.archivedAsCopied(archive)
			}
			got := treeOf(t, dir)
			for path := range tree {
				if got[path] != tree[path] {
					t.Errorf("%s: %d bytes, want %d", path, len(got[path]), len(tree[path]))
				}
			}
			for path := range got {
				if _, ok := tree[path]; !ok {
					t.Errorf("%s is too much", path)
				}
			}
		})
	}
}

// archivedAsCopied holds the archive against what the crawl read and what its pages need.
func (o *ordeal) archivedAsCopied(archive string) {
	o.t.Helper()
	_, _, answers := o.archived(archive)
	f, err := crawlfile.OpenReadOnly(context.Background(), o.file)
	if err != nil {
		o.t.Fatal(err)
	}
	defer f.Close()
	checks := 0
	for c, err := range f.Checks(context.Background()) {
		if err != nil {
			o.t.Fatal(err)
		}
		if checks++; answers[c.URL] != 1 {
			o.t.Errorf("%s, which a page needs, is in the archive %d times", c.URL, answers[c.URL])
		}
	}
	if checks < 50 {
		o.t.Errorf("%d URLs were needed", checks)
	}
}

// TestTortureMirrorOnAFullDisk: a copy for which there is no room ends the crawl with one line, and is made when there is.
func TestTortureMirrorOnAFullDisk(t *testing.T) {
	seed := needTorture(t)
	site := gallery(t, 25)
	peaceful := filepath.Join(t.TempDir(), "copy")
	want := undisturbedCrawl(t, site, "--mirror", peaceful)
	tree := treeOf(t, peaceful)
	for i, room := range []int64{100 << 10, 700 << 10} { // while it crawls; while the files are made
		d := newDisk(t, 4<<20)
		o := newOrdeal(t, site)
		d.fill(t, room)
		dir := filepath.Join(d.dir, "copy")
		refused(t, o.crawl("--mirror", dir), "no space left", "copy")
		d.free(t)
		o.ended(o.resume())
		o.same(want)
		if !maps.Equal(tree, treeOf(t, dir)) {
			t.Errorf("%d: not the copy of a crawl that had room (-torture-seed %d)", i, seed)
		}
	}
}
