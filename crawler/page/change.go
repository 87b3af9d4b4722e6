package page

import (
	"net/http"
	"strings"
)

// Change is what has become of a page since an earlier crawl. The set is closed: programs may branch on it.
type Change string

// The changes. A page is there if it answered with 2xx or with a redirect that can be followed.
const (
	New       Change = "new"       // there, and was not: unknown to the earlier crawl, never asked for, or 404 or 410
	Changed   Change = "changed"   // there, with other content or another target, or after another failure than those
	Unchanged Change = "unchanged" // there, as it was
	Gone      Change = "gone"      // was there; now 404 or 410
)

// Changes are all changes.
var Changes = []Change{New, Changed, Unchanged, Gone}

// Since is what has become of the page since the record before; nil if the earlier crawl has none. It is empty for a page that
// was not there and is not, that failed in a way which may pass, or of which nothing tells whether it is the same.
func (p *Page) Since(before *Page) Change {
	was := before != nil && before.there()
	switch {
	case !p.there() && was && p.missing():
		return Gone
	case !p.there():
		return ""
	case before == nil || before.Attempts == 0 || before.missing():
		return New
	case !was:
		return Changed
	case p.NotModified:
		return Unchanged
	}
	return p.compare(before)
}

func (p *Page) there() bool { return p.Err == nil && p.Status != 0 }

func (p *Page) missing() bool {
	return p.Status == http.StatusNotFound || p.Status == http.StatusGone
}

// compare tells two answers apart: by their redirects, or else by their content, or else by what the server says of it.
func (p *Page) compare(before *Page) Change {
	differ := func(different bool) Change {
		if different {
			return Changed
		}
		return Unchanged
	}
	switch {
	case p.Redirect != "" || before.Redirect != "":
		return differ(p.Redirect != before.Redirect)
	case p.SHA256 != "" && p.SHA256 == before.SHA256:
		return Unchanged
	case p.SHA256 != "" && before.SHA256 != "" && !p.beginning(before) && !before.beginning(p):
		return Changed
	case p.ETag != "" && before.ETag != "": // weak comparison, RFC 9110, section 8.8.3.2
		return differ(strings.TrimPrefix(p.ETag, "W/") != strings.TrimPrefix(before.ETag, "W/"))
	case p.SHA256 == "" && before.SHA256 == "" && p.Bytes != before.Bytes && p.Bytes > 0 && before.Bytes > 0:
		return Changed // two declared lengths
	case p.LastModified != "" && before.LastModified != "":
		return differ(p.LastModified != before.LastModified)
	}
	return ""
}

// beginning reports whether p may hold no more than the beginning of q: their hashes then say nothing.
func (p *Page) beginning(q *Page) bool { return p.Truncated && p.Bytes < q.Bytes }
