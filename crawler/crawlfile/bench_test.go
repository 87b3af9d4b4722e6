//go:build unix

package crawlfile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"amble/crawler/page"
)

// address makes up the nth URL of a web of seventeen sites; neighbours in n are no neighbours in byte order.
func address(n int) string {
	x := uint64(n+1) * 0x9E3779B97F4A7C15
	x ^= x >> 29
	x *= 0xBF58476D1CE4E5B9
	return fmt.Sprintf("https://www.site%02d.example/articles/%d/%08x-some-words-of-a-title.html", x>>33%17, 2000+x>>40%27, uint32(x))
}

// benchPages are n pages of 100 links each, 20 of which are new; half of the pages were revealed by earlier ones.
func benchPages(from, n int) (pages []*page.Page, revealed [][]Pending) {
	for i := from; i < from+n; i++ {
		p := &page.Page{
			URL: address(i), Depth: 2, Referrer: address(i / 20), Status: 200, Attempts: 1, Title: "A title of some words",
			Description: "What the page says of itself, in a sentence or so.", Lang: "en", ContentType: "text/html", Charset: "utf-8",
			Bytes: 45_000, SHA256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			FetchedAt: created, Duration: 123456 * time.Microsecond,
			Meta: []page.Meta{{Name: "viewport", Content: "width=device-width"}, {Name: "og:title", Content: "A title of some words"}},
		}
		if i%2 == 1 {
			p.URL = address(1_000_000 + i/2*20)
		}
		var fresh []Pending
		for j := range 100 {
			l := page.Link{URL: address(j * 31), Rel: "nofollow noopener", Text: fmt.Sprintf("Navigation entry %d", j)}
			if j < 20 {
				l = page.Link{URL: address(1_000_000 + i*20 + j), Text: fmt.Sprintf("Read more about thing %d", j)}
				fresh = append(fresh, Pending{URL: l.URL, Domain: "site.example", Depth: 3, Referrer: p.URL})
			}
			p.Links = append(p.Links, l)
		}
		pages, revealed = append(pages, p), append(revealed, fresh)
	}
	return pages, revealed
}

// cpu is the processor time of the process so far.
func cpu() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func report(b *testing.B, path string, used time.Duration) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	b.ReportMetric(float64(used.Nanoseconds())/1000/float64(b.N), "cpu-µs/page")
	st, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(st.Size())/float64(b.N), "B/page")
}

// BenchmarkCommit commits pages of 100 links in batches; closing the file is part of it.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			f := create(b)
			b.ReportAllocs()
			b.ResetTimer()
			b.StopTimer()
			var used time.Duration
			for done := 0; done < b.N; {
				// Made in large lots: to stop the timer costs more than to commit a page.
				lot := min(1024, b.N-done)
				pages, revealed := benchPages(done, lot)
				done += lot
				var batches []Batch
				for i := 0; i < lot; i += size {
					end := min(i+size, lot)
					batch := Batch{Pages: pages[i:end]}
					for _, r := range revealed[i:end] {
						batch.Revealed = append(batch.Revealed, r...)
					}
					batches = append(batches, batch)
				}
				before := cpu()
				b.StartTimer()
				for i := range batches {
					commit(b, f, batches[i])
				}
				b.StopTimer()
				used += cpu() - before
			}
			before := cpu()
			b.StartTimer()
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			report(b, f.Path(), used+cpu()-before)
		})
	}
}

// BenchmarkLinksAs compares the ways to store a page's links, in batches of 256: as JSON, as rows with integer ids of URLs, and
// as compressed JSON. It stores nothing else.
func BenchmarkLinksAs(b *testing.B) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		b.Fatal(err)
	}
	for _, form := range []string{"json", "rows", "zstd"} {
		b.Run(form, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "x")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				b.Fatal(err)
			}
			c, err := openConn(path)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { c.close() }) // after the statements
			for _, s := range []string{
				"PRAGMA page_size = 8192", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA cache_size = -32768",
				"CREATE TABLE whole(id INTEGER PRIMARY KEY, links)",
				"CREATE TABLE urls(id INTEGER PRIMARY KEY, url TEXT UNIQUE)",
				"CREATE TABLE links(page, position, url, rel, text, PRIMARY KEY(page, position)) WITHOUT ROWID",
			} {
				if err := c.exec(s); err != nil {
					b.Fatal(err)
				}
			}
			must := func(query string) *stmt {
				s, err := c.prepare(query)
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { s.close() })
				return s
			}
			run := func(s *stmt, args ...any) {
				values := s.row[:0]
				for _, a := range args {
					values = append(values, a)
				}
				if _, err := s.exec(values...); err != nil {
					b.Fatal(err)
				}
			}
			begin, end := must("BEGIN IMMEDIATE"), must("COMMIT")
			whole := must("INSERT INTO whole(links) VALUES(?)")
			url, link := must("INSERT OR IGNORE INTO urls(url) VALUES(?)"), must("INSERT INTO links VALUES(?, ?, (SELECT id FROM urls WHERE url = ?), ?, ?)")
			var js, packed []byte
			b.ReportAllocs()
			b.ResetTimer()
			b.StopTimer()
			var used time.Duration
			for done := 0; done < b.N; done += 256 {
				pages, _ := benchPages(done, min(256, b.N-done))
				before := cpu()
				b.StartTimer()
				run(begin)
				for i, p := range pages {
					switch form {
					case "json":
						js = appendLinks(js[:0], p.Links)
						run(whole, lent(js))
					case "zstd":
						js = appendLinks(js[:0], p.Links)
						packed = z.EncodeAll(js, packed[:0])
						run(whole, packed)
					case "rows":
						for j, l := range p.Links {
							run(url, l.URL)
							run(link, int64(done+i), int64(j), l.URL, l.Rel, l.Text)
						}
					}
				}
				run(end)
				b.StopTimer()
				used += cpu() - before
			}
			if err := c.exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				b.Fatal(err)
			}
			report(b, path, used)
		})
	}
}

// BenchmarkImproved lowers the paths of pending URLs and of pages.
func BenchmarkImproved(b *testing.B) {
	const n = 2048
	for _, kind := range []string{"pending", "pages"} {
		b.Run(kind, func(b *testing.B) {
			f := create(b)
			pages, _ := benchPages(0, n)
			first := Batch{Pages: pages}
			row := func(int) int64 { return 0 }
			if kind == "pending" {
				first = Batch{}
				row = func(i int) int64 { return int64(i + 1) }
				for _, p := range pages {
					first.Revealed = append(first.Revealed, Pending{URL: p.URL, Depth: p.Depth})
				}
			}
			commit(b, f, first)
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += 256 {
				var batch Batch
				for j := i; j < min(i+256, b.N); j++ {
					batch.Improved = append(batch.Improved, Pending{Row: row(j % n), URL: pages[j%n].URL, Depth: -j / n, Referrer: "http://a.test/"})
				}
				commit(b, f, batch)
			}
		})
	}
}

// BenchmarkPages reads all pages back in order.
func BenchmarkPages(b *testing.B) {
	const n = 2048
	f := create(b)
	pages, _ := benchPages(0, n)
	commit(b, f, Batch{Pages: pages})
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range f.Pages(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/page")
}

// BenchmarkEarlier looks pages up at random: in short, as before each request, and whole, as for each page that has not changed.
func BenchmarkEarlier(b *testing.B) {
	const n = 20_000
	f := create(b)
	for i := 0; i < n; i += 1000 {
		pages, _ := benchPages(i, 1000)
		commit(b, f, Batch{Pages: pages})
	}
	e := openEarlier(b, f.Path())
	urls, _ := benchPages(0, n)
	b.Run("find", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if p, _, err := e.Find(b.Context(), urls[i*7919%n].URL); p == nil || err != nil {
				b.Fatal(p, err)
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := e.Page(b.Context(), int64(i*7919%n)+1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		rows := 0
		for b.Loop() {
			for _, err := range e.Read(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
				rows++
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1000/float64(rows), "µs/row")
	})
}

func BenchmarkAppendLinks(b *testing.B) {
	pages, _ := benchPages(0, 1)
	for name, encode := range map[string]func(buf []byte) []byte{
		"by-hand":       func(buf []byte) []byte { return appendLinks(buf, pages[0].Links) },
		"encoding-json": func([]byte) []byte { js, _ := json.Marshal(pages[0].Links); return js },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf = encode(buf[:0])
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}
