// Package crawlfile keeps a whole crawl in one SQLite database: how it was set up, every page, the links between URLs, the
// URLs that are still to be fetched, the domains met, the robots.txt files, what sitemaps list, how much was asked of each domain, and how it ended.
//
// One crawl file lives like this. [Create] makes it, with the seeds. The crawl's collector gathers what its workers report
// and calls [File.Commit]: pages and the URLs that they revealed go in together, so that at every moment the file
// holds a crawl that can go on. Other processes read meanwhile ([OpenReadOnly], or the sqlite3 shell). If the crawl is
// killed, [Open] takes up the file; pages are not fetched again, what is pending is. [File.SetEnd] notes how the crawl
// ended, [File.Close] leaves one file with nothing beside it.
//
// # Schema
//
// The schema is public: version 5 in PRAGMA user_version, with "ambl" as PRAGMA application_id. Later versions may add
// tables, views and columns; what is here keeps its name and meaning, or the version of the schema rises. ".schema" in the
// sqlite3 shell shows it with a comment for each column. Tables: meta (key and value: amble_version, created_at, config, reading,
// key_seed, state, reason, finished_at, statistics), seeds, pages, pending, domains, robots, sitemap_urls (what sitemaps list),
// traffic (how each domain was dealt with), origins (those that fail), backlog (pages whose links are to be taken in again), sitemaps (read), checks (URLs asked for only to see whether they are there), unreached (what an earlier crawl had and this one did not come to). Views: links (from_url, position, to_url, rel, text), images, page_meta, fields,
// failures, waits and gaps (of traffic). [Queries] has examples:
//
//	sqlite3 -box site.crawl "SELECT status, count(*) FROM pages GROUP BY status"
//
// NULL stands for "none" and "unknown". Times are ISO 8601 text in UTC to the millisecond, durations are milliseconds
// to the microsecond; a page read back has its times so rounded, and JSON columns have U+FFFD for invalid UTF-8. All
// other text comes back byte for byte.
//
// # Durability
//
// The journal is a write-ahead log (WAL) with synchronous=NORMAL. When a process dies, by kill -9 too, every commit that
// returned is in the file. On a power cut the newest commits may be missing, each as a whole; the file stays sound. The
// log is folded in when it has 4,000 database pages (32 MiB), beside the commits that go on: it may grow a little meanwhile, to 256 MiB
// on a disk that is much slower than the crawl, and without bound as long as a reader stands in the middle of it. While the crawl runs, "-wal" and "-shm" lie beside the file, and
// belong to it. Close turns the log off, so that a closed file can be read from read-only media. A reader in another process
// keeps Close from that, not from closing; the next one who opens and closes the file cleans up.
//
// A lock on "<file>-lock" beside the file keeps a second amble from writing (ErrLocked). It ends with its process, and says
// which one that is (Writer). A sqlite3 shell that holds a write transaction is waited for, for ten seconds.
//
// # Cost
//
// Measured with this package's benchmarks on one core of a small cloud machine that was busy otherwise. A page has 100
// links with anchor text and rel, 14 KB of JSON, and reveals 20 new URLs. CPU time is that of the whole process, kernel
// included; about a third of it is spent writing the log and folding it in:
//
//	BenchmarkCommit, batches of 1      155 to 195 µs of CPU for each page    3,700 to 5,100 pages/s    20.1 kB    148 allocations
//	BenchmarkCommit, batches of 16     112 to 123 µs                         5,600 to 7,600 pages/s    20.1 kB    128
//	BenchmarkCommit, batches of 256    108 to 122 µs                         7,300 to 8,000 pages/s    20.1 kB    128
//
// How links are stored (BenchmarkLinksAs, batches of 256, nothing else stored):
//
//	JSON in a column                     56 to 61 µs    16.4 kB for each page    any SQLite reads it
//	rows with integer ids of URLs      521 to 531 µs     9.0 kB
//	JSON packed by zstd                  36 to 37 µs     1.4 kB (real pages repeat themselves less)
//
// Rows are out of the question. Packed JSON would be quicker and far smaller, but the sqlite3 shell could not read it, and
// a crawl file that only amble can question is not what this package is for.
//
// With an index on pending.url a commit took 1.6 (batches of 256) to 4 times (of 1) as long: twenty new URLs
// dirty twenty leaves. So the crawl remembers where each URL waits (Pending.Row). To improve the path of a pending URL takes 4 µs, that of a page
// 60 µs, since SQLite writes the row with its links anew. To read a page back in order takes 140 µs.
//
// In an earlier crawl (BenchmarkEarlier) a page is found in 40 µs and read whole, with its 100 links, in 240 µs. With a million pages in the
// file (1.4 GB) 64 goroutines that look at random find 12,000 to 16,000 a second on two cores, and the process grows by 40 MB; to go
// through all of its pages takes 2 to 3 s.
package crawlfile
