package politeness

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a hostile robots.txt may cost. Where a bound is passed, what is lost is taken as a denial, never as a
// permission, and Warnings says so.
const (
	// MaxRobots is how much of a robots.txt is read, in bytes; RFC 9309, section 2.5, asks for 500 KiB at least. What
	// follows the last whole line within it is as if it were not there.
	MaxRobots = 512 << 10
	// MaxRules is how many rules one crawler may be given. A file with more denies everything. 512 KiB hold 17,000 rules
	// of 30 octets, so only a file made of the shortest rules gets there; among 4,231 real files none has more than 5,615.
	MaxRules = 20_000
	// MaxWildcards is how many of them may hold a `*` that is not their last octet: the ones whose cost grows with the
	// URL. Beyond it a Disallow counts as what stands before its first `*`, and an Allow does not count. Among 4,192
	// real files none has more than 582.
	MaxWildcards = 1024
	// MaxTarget is the longest path and query, in octets of normal form, that wildcard rules are tried on; where there are
	// such rules a longer one is denied. Servers commonly refuse more than 8,000 (RFC 9110, section 4.1).
	MaxTarget = 8 << 10
	// MaxSitemaps is how many sitemaps are taken from one file; the rest is left out.
	MaxSitemaps = 1000
	// MaxCrawlDelay is the longest Crawl-delay that is believed; a longer one is taken for a mistake and ignored.
	MaxCrawlDelay = 24 * time.Hour
)

// Robots is what one robots.txt says to one product token. It is made by [ParseRobots] or [RobotsFor], never changes,
// and is safe for concurrent use.
//
// The work is shared with github.com/temoto/robotstxt. That library reads the values of Crawl-delay and Sitemap, from
// lines that were cleaned first (robots_values.go): there it is right. Everything that decides about a URL is amble's
// own:
//
//   - which lines count and to whom they speak (robots_read.go, robots_parse.go), because one malformed line makes the
//     library refuse the whole file, and because it closes groups where RFC 9309 does not;
//   - normal form, precedence and matching (robots_pattern.go), because the library compares octets as they stand, lets
//     the first of two equal rules win, turns wildcards into regular expressions that a hostile file makes slow,
//     and cannot say which line decided.
type Robots struct {
	rules   []rule // in order of precedence: the first that matches decides
	heads   []head // the beginnings of rules
	wild    int    // rules that hold a wildcard
	size    int    // see Size
	group   string // see Verdict.Group
	denied  *Verdict
	none    string // the reason of the verdict where no rule matches
	delay   time.Duration
	delayed bool // a Crawl-delay was given
	unread  bool // see Unavailable

	sitemaps []string
	warnings []string
}

// RobotsFor is the meaning of an HTTP answer to a request for robots.txt, as RFC 9309, section 2.3.1, has it:
//
//   - 2xx: the body is parsed. An HTML page without one valid line holds no rules.
//   - 3xx: a redirect that ends here had no usable target or was one too many; the file does not exist, everything is
//     allowed (2.3.1.2).
//   - 4xx: the file does not exist, everything is allowed (2.3.1.3).
//   - 429, 5xx, any other status, and 0 for no answer at all: Unavailable, everything is disallowed (2.3.1.4). The RFC
//     does not name 429; Google's specification counts it as a server error, and a server that asks for less
//     is not a server without wishes.
//
// The body may be what could be read of it. Token is as for [ParseRobots].
func RobotsFor(status int, contentType string, body []byte, token string) *Robots {
	switch {
	case status == 0:
		return unavailable("robots.txt could not be fetched: everything is disallowed until it can be read")
	case status >= 200 && status < 300:
		return parseRobots(body, token, strings.Contains(strings.ToLower(contentType), "html"))
	case status >= 300 && status < 400:
		return &Robots{none: fmt.Sprintf("robots.txt answered %d and leads nowhere: everything is allowed", status)}
	case status >= 400 && status < 500 && status != 429:
		return &Robots{none: fmt.Sprintf("robots.txt answered %d: everything is allowed", status)}
	default:
		return unavailable(fmt.Sprintf("robots.txt answered %d: everything is disallowed until it can be read", status))
	}
}

func unavailable(reason string) *Robots {
	return &Robots{unread: true, denied: &Verdict{Reason: reason}}
}

// Unavailable reports whether robots.txt could not be read, though it may exist: everything is disallowed for now, and
// asking again later may change that.
func (r *Robots) Unavailable() bool { return r.unread }

// Test says whether a URL may be asked for. Target is its path and query as on the request line: "/a?b=c"; a missing
// leading slash is supplied, a fragment is cut off. "/robots.txt" itself is always allowed (RFC 9309, section 2.2.2).
//
// The cost grows with the number of rules and, for rules with wildcards, with the length of the target; no rule makes
// it grow faster than that. Nothing is allocated unless the target needs normalising.
func (r *Robots) Test(target string) Verdict {
	if i := strings.IndexByte(target, '#'); i >= 0 {
		target = target[:i]
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	path := normal(target, false)
	switch {
	case path == "/robots.txt":
		return Verdict{Allowed: true, Reason: "robots.txt itself may always be fetched"}
	case r.denied != nil:
		return *r.denied
	case r.wild > 0 && len(path) > MaxTarget:
		return Verdict{Group: r.group, Reason: "the URL is too long to be tried on the wildcard rules of robots.txt"}
	}
	start := firstOctets(path)
	for i, h := range r.heads {
		if start&h.mask != h.bits {
			continue
		}
		if ru := &r.rules[i]; ru.match(path) {
			return Verdict{Allowed: ru.allow, Line: int(ru.line), Rule: ru.text, Group: r.group, Reason: ru.reason}
		}
	}
	return Verdict{Allowed: true, Group: r.group, Reason: r.none}
}

// Costly reports whether Test may take long for a target: more than about a tenth of a millisecond, up to some 15. A caller
// that has no time for it leaves it to another goroutine. It looks at nothing but lengths.
func (r *Robots) Costly(target string) bool { return r.wild*min(len(target), MaxTarget) > costlyWork }

// costlyWork is the number of octets that wildcard rules may look through, all together, in a Test that is not costly. They do
// 0.6 to 30 of them in a nanosecond.
const costlyWork = 64 << 10

// Size is about how many bytes of memory the rules take: some hundred, up to some 5 MB.
func (r *Robots) Size() int { return r.size }

// CrawlDelay is the Crawl-delay of the chosen group: the least time between two requests that the site asks for. Ok
// is false if there is none. What is no number, negative, or longer than [MaxCrawlDelay] is ignored; of several the
// longest counts. RFC 9309 does not know Crawl-delay.
func (r *Robots) CrawlDelay() (d time.Duration, ok bool) { return r.delay, r.delayed }

// Sitemaps are the values of the Sitemap lines, whomever they stand under: as written, in file order, without
// repeats, at most [MaxSitemaps]. They may be relative, and nothing says that they are URLs; spaces, control
// characters and broken UTF-8 in them are percent-encoded.
func (r *Robots) Sitemaps() []string { return slices.Clone(r.sitemaps) }

// Warnings tell a person what was skipped, mended or capped, one line each; bounded.
func (r *Robots) Warnings() []string { return slices.Clone(r.warnings) }
