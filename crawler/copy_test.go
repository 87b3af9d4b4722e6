package crawler_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"amble/crawler"
	"amble/crawler/crawlertest"
)

// TestCopyIsPolite: what pages need is asked for by GET, once, at the pace of its domain, and not where robots.txt forbids it; a page that is
// in the copy is not asked for again to be shown.
func TestCopyIsPolite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site, err := crawlertest.ParseSite("polite", []byte(`Polite.
seed: http://a.test/
-- a.test/index.html --
<link rel=stylesheet href="//static.test/s.css"><img src="/no/x.png"><img src="photo.png"><a href="photo.png">photo</a><a href="http://b.test/">b</a>
-- a.test/robots.txt --
User-agent: *
Disallow: /no/
-- a.test/photo.png --
photo
-- a.test/no/x.png --
secret
-- static.test/s.css --
@import "t.css"; a { b: url(u.png) url(u.png) }
-- static.test/t.css --
a { b: url(s.css) url(u.png) url(big.bin) }
-- static.test/u.png --
u
-- static.test/big.bin --
!fill 200KB noise
-- b.test/index.html --
b
`))
		if err != nil {
			t.Fatal(err)
		}
		tr := crawlertest.NewTransport(site)
		dir := t.TempDir()
		run(t, crawler.Config{
			MaxDepth: 2, Rate: 1, MaxBody: 100 << 10, Transport: tr, File: filepath.Join(dir, "c.db"), Mirror: filepath.Join(dir, "copy"),
		}, site.Seeds...)
		for host, gaps := range tr.Log.Gaps(nil) {
			for _, g := range gaps {
				if g < time.Second {
					t.Errorf("two requests to %s are %v apart", host, g)
				}
			}
		}
		times := make(map[string]int)
		for _, r := range tr.Log.Requests() {
			if times[r.URL()]++; r.Method != "GET" {
				t.Errorf("%s %s", r.Method, r.URL())
			}
		}
		for url, want := range map[string]int{
			"http://a.test/photo.png": 1, "http://a.test/no/x.png": 0, "http://static.test/s.css": 1, "http://static.test/t.css": 1, "http://static.test/u.png": 1, "http://b.test/": 0,
		} {
			if times[url] != want {
				t.Errorf("%s was asked for %d times, want %d", url, times[url], want)
			}
		}
		for name, want := range map[string]string{
			"a.test!http/index.html": `<link rel=stylesheet href="../static.test!http/s.css"><img src="http://a.test/no/x.png"><img src="photo.png">`,
			"static.test!http/t.css": `a { b: url(s.css) url(u.png) url("http://static.test/big.bin") }`, // which is too long
			"a.test!http/photo.png":  "photo",
		} {
			if b, err := os.ReadFile(filepath.Join(dir, "copy", name)); err != nil || !strings.Contains(string(b), want) {
				t.Errorf("%s is %q, %v, want %q", name, b, err, want)
			}
		}
	})
}

// TestCopySettings: what a copy cannot go with is said before anything is begun, and what it was begun with cannot change.
func TestCopySettings(t *testing.T) {
	dir := t.TempDir()
	if _, err := crawler.New(crawler.Config{Mirror: dir}); err == nil || !strings.Contains(err.Error(), "File") {
		t.Errorf("without a crawl file: %v", err)
	}
	if _, err := crawler.New(crawler.Config{Mirror: dir, File: "x.db", Since: "y.db"}); err == nil || !strings.Contains(err.Error(), "Since") {
		t.Errorf("with an earlier crawl: %v", err)
	}
	site, err := crawlertest.Lookup("styled")
	if err != nil {
		t.Fatal(err)
	}
	cfg := crawler.Config{Rate: crawler.Unlimited, Transport: crawlertest.NewTransport(site), File: filepath.Join(dir, "c.db"), Mirror: filepath.Join(dir, "copy")}
	run(t, cfg, site.Seeds...)
	cfg.Mirror = ""
	c, err := crawler.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range c.Resume(context.Background()) {
		if !errors.Is(err, crawler.ErrFixed) {
			t.Errorf("another run without a copy: %v", err)
		}
	}
}

// TestArchiveHasWhatTheCopyNeeds: where there is an archive, too, what pages need is in it as it came, failures included; what is only checked is in neither.
func TestArchiveHasWhatTheCopyNeeds(t *testing.T) {
	site, err := crawlertest.ParseSite("both", []byte(`Both.
seed: http://a.test/
-- a.test/index.html --
<link rel=stylesheet href="//static.test/s.css"><img src="//static.test/gone.png"><link rel=next href="//static.test/next">
-- static.test/s.css --
a { b: url(u.png) }
-- static.test/u.png --
the picture
-- static.test/next --
only checked
`))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	archive := filepath.Join(dir, "c.warc")
	run(t, crawler.Config{
		Rate: crawler.Unlimited, Retries: crawler.None, Transport: crawlertest.NewTransport(site), File: filepath.Join(dir, "c.db"), Mirror: filepath.Join(dir, "copy"), WARC: archive,
	}, site.Seeds...)
	b, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]int{"http://a.test/": 1, "http://static.test/s.css": 1, "http://static.test/u.png": 1, "http://static.test/gone.png": 1, "http://static.test/next": 0} {
		answer := regexp.MustCompile(`WARC-Type: (response|revisit)\r\n([^\r]+\r\n)*WARC-Target-URI: ` + regexp.QuoteMeta(url) + `\r\n`)
		if n := len(answer.FindAll(b, -1)); n != want {
			t.Errorf("%d answers of %s, want %d", n, url, want)
		}
	}
	if !strings.Contains(string(b), "\r\n\r\nthe picture\n") {
		t.Error("the picture is not in the archive")
	}
}
