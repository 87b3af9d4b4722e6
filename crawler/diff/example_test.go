package diff_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/diff"
)

func Example() {
	dir, err := os.MkdirTemp("", "diff")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	monday, tuesday := filepath.Join(dir, "monday.db"), filepath.Join(dir, "tuesday.db")
	for _, file := range []string{monday, tuesday} {
		site := edition(file == tuesday)
		c, err := crawler.New(crawler.Config{
			MaxDepth: 3, File: file,
			Rate: crawler.Unlimited, Transport: crawlertest.NewTransport(site), // leave both out to crawl the web
		})
		if err != nil {
			log.Fatal(err)
		}
		if _, err := c.Run(ctx, site.Seeds...); err != nil {
			log.Fatal(err)
		}
	}

	c, err := diff.Open(ctx, monday, tuesday, diff.Options{Ignore: []diff.Field{diff.Content}})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for d, err := range c.Differences(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		switch {
		case d.Link != nil:
			fmt.Println(d.Kind, d.URL, "on", d.Link.From)
		case d.Kind == diff.Changed:
			for _, f := range d.Fields {
				fmt.Println(d.Kind, d.URL, f.Field)
			}
		default:
			fmt.Println(d.Kind, d.URL)
		}
	}
	// Output:
	// new http://news.test/tuesday
	// gone http://news.test/monday
	// changed http://news.test/ title
	// changed http://news.test/ links
	// broken http://news.test/monday on http://news.test/archive
}

// edition is a site that is another one on Tuesday.
func edition(tuesday bool) *crawlertest.Site {
	day, text := "monday", "Monday"
	if tuesday {
		day, text = "tuesday", "Tuesday"
	}
	site, err := crawlertest.ParseSite("news", []byte("News.\nseed: http://news.test/\n"+
		"-- news.test/ --\n<title>"+text+"</title><a href=/"+day+">today</a><a href=/archive>archive</a>\n"+
		"-- news.test/archive --\n<title>Archive</title><a href=/monday>Monday</a>\n"+
		"-- news.test/"+day+" --\n<title>What happened on "+text+"</title>\n"))
	if err != nil {
		log.Fatal(err)
	}
	return site
}
