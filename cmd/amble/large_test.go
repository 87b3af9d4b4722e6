//go:build unix

package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/export"
	"amble/crawler/page"
)

var largePages = flag.Int("large", 0, "measure what exports, the report and amble links cost of a crawl of so many pages")

// largePage is the nth page of a site as large as one likes: articles in folders of a thousand, which link to others and now and then to one that
// fails or redirects.
func largePage(n int) *page.Page {
	url := func(n int) string {
		return fmt.Sprintf("https://www.large.test/articles/%03d/%07d-some-words-of-a-title.html", n/1000, n)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(n) * time.Second)
	p := &page.Page{URL: url(n), Depth: min(1+n/1000, 9), Referrer: url(n / 10), Attempts: 1, Status: 200, FetchedAt: at, Duration: time.Duration(n%977) * time.Millisecond}
	switch {
	case n == 0:
		p.Depth, p.Referrer = 0, ""
	case n%50 == 49:
		p.Status, p.Err = 404, &page.Error{Class: page.Client, Text: "404 Not Found"}
		return p
	case n%50 == 48:
		p.Status, p.Redirect = 301, url(n-1)
		return p
	}
	p.ContentType, p.Charset, p.Lang, p.Bytes = "text/html", "utf-8", "en", int64(9000+n%50_000)
	p.Title, p.Description = fmt.Sprintf("A title of some words, number %d", n), "What the page says of itself, in a sentence or so."
	p.SHA256, p.SimHash = fmt.Sprintf("%064x", n/3), fmt.Sprintf("%016x", uint64(n)*0x9E3779B97F4A7C15)
	p.LastModified = at.Add(-24 * time.Hour).Format("Mon, 02 Jan 2006 15:04:05 GMT")
	p.Meta = []page.Meta{{Name: "viewport", Content: "width=device-width"}}
	for i := range 10 {
		p.Links = append(p.Links, page.Link{URL: url((n*31 + i*i*7919) % (n + 100)), Text: fmt.Sprintf("Read more about thing %d", i)})
	}
	return p
}

// laterPage is the nth page of that site a while later: some are gone, and some others changed.
func laterPage(n int) *page.Page {
	p := largePage(n)
	switch {
	case n == 0 || p.Err != nil || p.Redirect != "":
	case n%1000 == 13:
		return &page.Page{URL: p.URL, Depth: p.Depth, Referrer: p.Referrer, Attempts: 1, Status: 404, FetchedAt: p.FetchedAt, Err: &page.Error{Class: page.Client, Text: "404 Not Found"}}
	case n%100 == 7:
		p.Title, p.SHA256 = p.Title+", revised", fmt.Sprintf("%064x", -n)
	}
	return p
}

// largeCrawl makes a crawl file of so many pages.
func largeCrawl(t testing.TB, name string, pages int) {
	t.Helper()
	makeCrawl(t, name, pages, largePage)
}

func makeCrawl(t testing.TB, name string, pages int, nth func(int) *page.Page) {
	t.Helper()
	f, err := crawlfile.Create(t.Context(), name, crawlfile.Info{Seeds: []string{largePage(0).URL}})
	if err != nil {
		t.Fatal(err)
	}
	var b crawlfile.Batch
	for n := range pages {
		if b.Pages = append(b.Pages, nth(n)); len(b.Pages) == 1000 || n == pages-1 {
			if err := f.Commit(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			b = crawlfile.Batch{}
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// writings are the commands that write a file from a crawl file, each without its output.
func writings(crawl string) (all [][]string) {
	for _, f := range export.Formats() {
		all = append(all, []string{"export", crawl, "-f", string(f)})
	}
	return append(all, []string{"report", crawl}, []string{"links", crawl}, []string{"links", crawl, "-f", "json"}, []string{"links", crawl, "-f", "junit"})
}

// BenchmarkLarge measures the most memory that each of the commands has at a time.
func BenchmarkLarge(b *testing.B) {
	if *largePages == 0 {
		b.Skip("-large says of how many pages")
	}
	dir := b.TempDir()
	crawl, later, command := filepath.Join(dir, "c.db"), filepath.Join(dir, "later.db"), built(b, false)
	largeCrawl(b, crawl, *largePages)
	makeCrawl(b, later, *largePages+*largePages/100, laterPage)
	diffs := [][]string{{"diff", crawl, later}, {"diff", crawl, later, "--json"}, {"diff", crawl, later, "--html"}}
	for _, args := range append(writings(crawl), diffs...) {
		b.Run(strings.ReplaceAll(strings.Join(args, " "), dir+string(filepath.Separator), ""), func(b *testing.B) {
			for b.Loop() {
				out := filepath.Join(dir, "out")
				cmd := exec.Command(command, append(args, "-o", out)...)
				if said, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, said)
				}
				used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
				size := int64(0)
				names, _ := filepath.Glob(out + "*")
				for _, name := range names {
					if st, err := os.Stat(name); err == nil {
						size += st.Size()
					}
					os.Remove(name)
				}
				b.ReportMetric(float64(used.Maxrss)/1024, "MiB-rss")
				b.ReportMetric(float64(size)/(1<<20), "MiB-written")
			}
		})
	}
}

// TestWritingsOnAFullDisk end with one clear line, leave nothing half-written, and what was there before as it was.
func TestWritingsOnAFullDisk(t *testing.T) {
	d := newDisk(t, 1<<20)
	crawl := filepath.Join(t.TempDir(), "c.db")
	largeCrawl(t, crawl, 1500)
	d.fill(t, 32<<10)
	fresh, old := filepath.Join(d.dir, "fresh"), filepath.Join(d.dir, "old")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, args := range writings(crawl) {
		out := []string{fresh, old}[i%2]
		refused(t, start(t, built(t, false), append(args, "-o", out)...), "--output "+out+": ", "no space left on device")
		onlyThere(t, d.dir, d.ballast, old)
	}
	if b, err := os.ReadFile(old); err != nil || string(b) != "old" {
		t.Errorf("what was there is %q, %v", b, err)
	}
}

// TestInterruptedWritings leave nothing half-written. They are interrupted once there is something of their output.
func TestInterruptedWritings(t *testing.T) {
	dir, crawl := t.TempDir(), filepath.Join(t.TempDir(), "c.db")
	largeCrawl(t, crawl, 20_000)
	for i, args := range writings(crawl) {
		out := filepath.Join(dir, "out")
		c := start(t, built(t, false), append(args, "-o", out)...)
		for !c.over() && !begun(dir) {
			time.Sleep(time.Millisecond)
		}
		_ = c.cmd.Process.Signal([]os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}[i%3])
		switch code := c.wait(); {
		case code == exitDone: // it was quicker; whether it could be is not what is tested
			t.Logf("%q had ended", args)
			os.Remove(out)
		case code != exitInterrupted || c.stderr.String() != "amble: interrupted: "+out+" is as it was\n":
			t.Errorf("%q: exit code %d, want %d: %s", args, code, exitInterrupted, c.stderr.String())
		}
		onlyThere(t, dir)
	}
}

// begun reports whether there is a file with something in it.
func begun(dir string) bool {
	names, _ := filepath.Glob(filepath.Join(dir, ".*"))
	for _, name := range names {
		if st, err := os.Stat(name); err == nil && st.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// onlyThere checks that a folder has these files and no others.
func onlyThere(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if !strings.Contains(strings.Join(want, "\n")+"\n", name+"\n") {
			fmt.Fprintln(&b, name)
			os.Remove(name)
		}
	}
	if b.Len() > 0 {
		t.Errorf("there is %s", b.String())
	}
}
