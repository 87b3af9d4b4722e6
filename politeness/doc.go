// Package politeness is amble's manners as pure policy: what robots.txt and pages allow, how long to wait between two requests
// to one domain, and when to try again. It does no I/O, starts no goroutine and never looks at a clock; the frontier
// asks it and acts.
//
// The words used here mean one thing each:
//
//   - The interval of a domain is the least time between the starts of two requests to it.
//   - A crawl-delay is the interval that a robots.txt asks for. It may lengthen an interval and never shortens it.
//   - Backoff is the pause before a request is made again after a passing failure.
//   - A product token is the name by which robots.txt addresses a crawler (RFC 9309, section 2.2.1).
package politeness
