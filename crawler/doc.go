// Package crawler crawls web sites: politely, to a set depth, exactly.
//
// Call [New] with a [Config], then range over [Crawler.Pages], or call [Crawler.Run] for the whole result at once:
//
//	c, err := crawler.New(crawler.Config{MaxDepth: 2, UserAgent: "mybot/1.0 (+https://example.com/bot)"})
//	if err != nil {
//		return err
//	}
//	for page, err := range c.Pages(ctx, "https://example.com/") {
//		if err != nil {
//			return err // fatal: a bad seed, a full disk, ctx
//		}
//		fmt.Println(page.Depth, page.Status, page.URL, page.Title, len(page.Links))
//	}
//
// The zero Config is usable and polite: robots.txt is obeyed, one request a second goes to each domain, over one
// connection.
//
// # One crawl
//
// Package frontier owns the schedule: it decides what is fetched next and when. Its workers call back here: fetch the
// page (package fetch), read its links (package extract), admit them to the frontier, and hand the record to the
// collector. The collector is one goroutine. It alone writes: what waits is committed together, to the crawl file (package
// crawlfile) if there is one, pages with the URLs they revealed, and then handed to the caller. A slow disk or a slow
// caller slows the workers; nothing is dropped.
//
// A page that fails is a page with an Err, not an error of the crawl.
//
// # Depth
//
// Depth and referrer of a page are those of the shortest path of clicks to it, and do not depend on timing. While a
// crawl runs, a shorter path to a page that was handed out already may turn up; its record is then corrected in the crawl
// file and in the [Result] of Run. Which pages are fetched is exact in any case.
package crawler
