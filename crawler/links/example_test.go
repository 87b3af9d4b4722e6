package links_test

import (
	"context"
	"log"
	"os"
	"path/filepath"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/crawlfile"
	"amble/crawler/links"
)

func Example() {
	site, err := crawlertest.Lookup("links")
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "links")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx, file := context.Background(), filepath.Join(dir, "site.db")
	c, err := crawler.New(crawler.Config{
		MaxDepth: 1, File: file, Check: crawler.Checks{Fragments: true},
		Rate: crawler.Unlimited, Transport: crawlertest.NewTransport(site), // leave both out to crawl the web
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Run(ctx, site.Seeds...); err != nil {
		log.Fatal(err)
	}
	f, err := crawlfile.OpenReadOnly(ctx, file)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	if _, err := links.Write(ctx, os.Stdout, f, links.Text); err != nil {
		log.Fatal(err)
	}
	// Output:
	// http://links.test/moved#lost
	//   there is no place "lost" in http://links.test/places, to which it redirects
	//     on http://links.test/
	// http://links.test/places#nowhere
	//   there is no place "nowhere" in the page
	//     on http://links.test/
	//
	// 2 broken links to 2 URLs; 4 URLs asked for: 4 pages and 0 checks; 1 undecided.
}
