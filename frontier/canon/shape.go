package canon

import (
	"strings"

	"github.com/zeebo/xxh3"
)

// MaxPeriod is the longest run of segments whose repetition Repeats sees.
const MaxPeriod = 16

// Segments is the number of path segments that are not empty: 0 for "/", 2 for "/a//b/".
func (u URL) Segments() int {
	n, before := 0, byte('/')
	for _, c := range []byte(u.Path()) {
		if before == '/' && c != '/' {
			n++
		}
		before = c
	}
	return n
}

// Repeats is how many times in a row the path names the same run of segments, at the most: 3 for /a/b/a/b/a/b/x and for
// /2011/11/11/11, 1 for /a/b/a, 0 for a path without segments. Empty segments do not count. Runs of up to MaxPeriod
// segments are seen, which bounds the time.
//
// A relative link that lacks its slash, on a server that answers to anything, makes the same directories
// follow each other without end. Honest paths repeat too: dates (/2011/11/11), numbers (/0/0/0.png), trees of packages
// and of tiles. Up to three say nothing.
func (u URL) Repeats() int {
	var few [16]string // most paths need no memory beyond
	segments := few[:0]
	for path := u.Path(); path != ""; {
		end := strings.IndexByte(path, '/')
		if end < 0 {
			end = len(path)
		}
		if end > 0 {
			segments = append(segments, path[:end])
		}
		path = path[min(end+1, len(path)):]
	}
	most := min(1, len(segments))
	for period := 1; period <= MaxPeriod && period*(most+1) <= len(segments); period++ {
		run := 0 // of segments, each like the one a period before it
		for i := period; i < len(segments); i++ {
			if segments[i] != segments[i-period] {
				run = 0
				continue
			}
			run++
			most = max(most, run/period+1)
		}
	}
	return most
}

// Unordered is a key by which URLs that differ only in the order of the parameters of their query are the same, and no
// others; false if there are less than two parameters. Empty pieces (a=1&&b=2) do not count. As [Seed.Key], it is a
// secret of the crawl, and has no meaning beside keys of that kind.
func (s Seed) Unordered(u URL) (Key, bool) {
	q := u.Query()
	if strings.IndexByte(q, '&') < 0 {
		return Key{}, false
	}
	h := xxh3.HashString128Seed(u.s[:u.pathEnd], uint64(s))
	sum, n := Key{h.Hi, h.Lo}, 0
	for piece := range strings.SplitSeq(q, "&") {
		if piece != "" {
			h := xxh3.HashString128Seed(piece, ^uint64(s)) // other than that of a path
			sum[0] += h.Hi                                 // a sum, unlike xor, counts what stands there twice
			sum[1] += h.Lo
			n++
		}
	}
	return sum, n >= 2
}
