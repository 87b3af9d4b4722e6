// Package frontier decides what a crawl fetches next, and when.
//
// # One life of a URL
//
// A link that a worker found comes in through [Task.Admit], still on that worker: within scope and depth, is it new?
// The visited set answers (a concurrent map from the URL's fingerprint to the shortest path known to it). What is new,
// or met again by a shorter path, goes to the loop with the worker's report.
//
// The loop is one goroutine, started by [Frontier.Run], and the only one that touches the schedule: the queue of each
// domain, its token bucket, the heap of domains by the time each may next be asked, the robots.txt rules of each
// origin, and the count of pending work. It locks nothing and fetches nothing; it is one select statement (see loop.go).
// A URL waits in the queue of its domain (domain.go), lower depth first. Before it the robots.txt of its origin is fetched,
// as a task like any other; meanwhile the URL is held by its origin (origin.go). When the domain is due and a worker is
// free, the URL is checked against the rules, takes a token and is handed over. While it is fetched, its domain is out of
// the heap unless more connections are allowed. The worker's report ends the life, or starts the next attempt.
//
// # Exact depth
//
// A crawl to depth N holds exactly the URLs within N clicks of a seed, whatever the timing. Workers meet URLs in any
// order, so a URL may be met first by a long path. When a shorter one turns up, the visited set is corrected; if the URL
// still waits it moves forward in its queue, and if it was fetched already, its stored links are admitted once more at
// their new depth (a Replay task, which asks no server anything). Paths only ever get shorter, so this ends, and it ends
// in the breadth-first order: see [Path].
//
// # The end
//
// Every task that is queued, held, delayed or in flight is counted. A report adds its children before it takes itself
// off, so the count reaches zero once, when all is done.
package frontier
