package crawler_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"amble/crawler"
	"amble/crawler/crawlertest"
)

// serveTree serves one of the bundled sites, so that the examples need no network.
func serveTree() *crawlertest.Server {
	site, err := crawlertest.Lookup("tree")
	if err != nil {
		log.Fatal(err)
	}
	srv, err := crawlertest.Serve(site, "")
	if err != nil {
		log.Fatal(err)
	}
	return srv
}

func Example() {
	srv := serveTree()
	defer srv.Close()

	c, err := crawler.New(crawler.Config{
		MaxDepth:  1,
		UserAgent: "mybot/1.0 (+https://example.com/bot)",
		Rate:      100,      // the site is our own; leave it out for one request a second
		Dial:      srv.Dial, // leave it out to crawl the web
	})
	if err != nil {
		log.Fatal(err)
	}
	for page, err := range c.Pages(context.Background(), "http://tree.test/") {
		if err != nil {
			log.Fatal(err) // fatal: a bad seed, a full disk, ctx
		}
		fmt.Println(page.Depth, page.Status, page.URL, page.Title)
	}
	// Output:
	// 0 200 http://tree.test/ Tillbrook Arboretum
	// 1 200 http://tree.test/trees/ The trees | Tillbrook Arboretum
	// 1 200 http://tree.test/walks/ Walks | Tillbrook Arboretum
	// 1 200 http://tree.test/seasons/ The year | Tillbrook Arboretum
	// 1 200 http://tree.test/visit/ Visit | Tillbrook Arboretum
	// 1 200 http://tree.test/visit/tea-room.html The tea room | Tillbrook Arboretum
}

func ExampleCrawler_Run() {
	srv := serveTree()
	defer srv.Close()

	c, err := crawler.New(crawler.Config{MaxDepth: 5, Rate: crawler.Unlimited, Dial: srv.Dial})
	if err != nil {
		log.Fatal(err)
	}
	res, err := c.Run(context.Background(), "http://tree.test/")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(res.Pages), "pages, end:", res.Stats.End)
	fmt.Println("domains:", res.Domains)
	// Output:
	// 84 pages, end: complete
	// domains: [library.test tree.test]
}

// A crawl asks only for what has changed since an earlier one, and tells what has. The site is one that looks edited to whoever comes
// again.
func ExampleConfig_since() {
	site, err := crawlertest.Lookup("recrawl")
	if err != nil {
		log.Fatal(err)
	}
	srv, err := crawlertest.Serve(site, "")
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	crawl := func(file, since string) *crawler.Result {
		c, err := crawler.New(crawler.Config{MaxDepth: 2, Rate: crawler.Unlimited, Dial: srv.Dial, File: file, Since: since})
		if err != nil {
			log.Fatal(err)
		}
		res, err := c.Run(context.Background(), "http://recrawl.test/")
		if err != nil {
			log.Fatal(err)
		}
		return res
	}
	monday, tuesday := filepath.Join(dir, "monday.db"), filepath.Join(dir, "tuesday.db")
	crawl(monday, "")
	res := crawl(tuesday, monday)
	for _, page := range res.Pages {
		if page.Change != crawler.PageUnchanged {
			fmt.Println(page.Change, page.URL)
		}
	}
	for _, url := range res.Unreached {
		fmt.Println("not reached", url)
	}
	fmt.Println(res.Stats.ByChange[crawler.PageUnchanged], "unchanged, of which not read again:", res.Stats.NotModified)
	// Output:
	// changed http://recrawl.test/
	// gone http://recrawl.test/closing
	// changed http://recrawl.test/news
	// changed http://recrawl.test/stairs
	// new http://recrawl.test/tuesday
	// new http://recrawl.test/news/sun
	// not reached http://recrawl.test/monday
	// not reached http://recrawl.test/news/rain
	// 8 unchanged, of which not read again: 5
}

func ExampleConfig_fields() {
	srv := serveTree()
	defer srv.Close()

	c, err := crawler.New(crawler.Config{
		Rate: crawler.Unlimited, Dial: srv.Dial,
		Fields: []crawler.FieldRule{
			{Name: "heading", From: "css:h1"},
			{Name: "picture", From: "css:img@src", First: true},
			{Name: "tea", From: "css:a", Match: "tea .*", Include: []string{`^http://tree\.test/$`}},
		},
	})
	if err != nil {
		log.Fatal(err) // a wrong selector, and where it is wrong
	}
	res, err := c.Run(context.Background(), "http://tree.test/")
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"heading", "picture", "tea"} {
		fmt.Println(name, res.Pages[0].Fields[name])
	}
	// Output:
	// heading [Tillbrook Arboretum]
	// picture [http://tree.test/pictures/bend.svg]
	// tea [tea room]
}
