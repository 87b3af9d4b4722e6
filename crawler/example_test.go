package crawler_test

import (
	"context"
	"fmt"
	"log"

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
