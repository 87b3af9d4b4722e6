package export

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"amble/crawler/page"
)

// Kind says what the values of a column are.
type Kind string

// The kinds of columns.
const (
	KindInteger Kind = "integer"
	KindNumber  Kind = "number"  // may have a fraction
	KindText    Kind = "text"    // a missing one is empty
	KindBoolean Kind = "boolean" // true or missing
	KindTime    Kind = "time"    // to the millisecond
	KindList    Kind = "list"    // the elements, where the format has lists; how many there are elsewhere, and in conditions
)

// Column is a part of a page's record that can be chosen for output, and asked for in a condition.
type Column struct {
	Name string
	Kind Kind
	Doc  string // one line

	extra  bool                   // not part of the output unless it is asked for
	sql    string                 // the value in SQL, as in crawlfile.Selection; NULL if it is missing
	value  func(*page.Page) any   // int64, float64, string, bool, time.Time, []page.X; the zero value if it is missing
	always bool                   // its zero is a value
	parts  []string               // of an element of a list
	each   func(*page.Page) parts // the elements of a list
	object func(*page.Page) any   // what stands for the value in JSON; nil if the value itself does, and where it is missing
}

// parts yields the elements of a list, each as the texts of its parts; the slice is valid until the next.
type parts func(yield func([]string) bool)

// columns are all there are, in the order of output. Whatever becomes part of the record is added here and nowhere else: every
// format and every condition then knows it. In the README they are listed once more, which a test holds to this.
var columns = []Column{
	{Name: "url", Kind: KindText, Doc: "canonical URL", sql: "p.url", value: func(p *page.Page) any { return p.URL }, always: true},
	{Name: "depth", Kind: KindInteger, Doc: "clicks from a seed", sql: "p.depth", value: func(p *page.Page) any { return int64(p.Depth) }, always: true},
	{Name: "redirects", Kind: KindInteger, Doc: "redirects in a row that led here", extra: true, sql: "p.redirects", value: func(p *page.Page) any { return int64(p.Redirects) }, always: true},
	{Name: "referrer", Kind: KindText, Doc: "the page that led here", sql: "p.referrer", value: func(p *page.Page) any { return p.Referrer }},
	{Name: "status", Kind: KindInteger, Doc: "HTTP status", sql: "p.status", value: func(p *page.Page) any { return int64(p.Status) }},
	{Name: "redirect", Kind: KindText, Doc: "where the page redirects to", sql: "p.redirect", value: func(p *page.Page) any { return p.Redirect }},
	{Name: "error_class", Kind: KindText, Doc: "dns, timeout, 4xx, 5xx, robots, ...", sql: "p.error_class", value: func(p *page.Page) any { return failure(p).class }},
	{Name: "error_text", Kind: KindText, Doc: "what went wrong", sql: "p.error_text", value: func(p *page.Page) any { return failure(p).text }},
	{Name: "attempts", Kind: KindInteger, Doc: "requests made", extra: true, sql: "p.attempts", value: func(p *page.Page) any { return int64(p.Attempts) }, always: true},
	{Name: "title", Kind: KindText, Doc: "title of the page", sql: "p.title", value: func(p *page.Page) any { return p.Title }},
	{Name: "description", Kind: KindText, Doc: "its meta description", sql: "p.description", value: func(p *page.Page) any { return p.Description }},
	{Name: "canonical", Kind: KindText, Doc: "the URL in link rel=canonical", sql: "p.canonical", value: func(p *page.Page) any { return p.Canonical }},
	{Name: "duplicate_of", Kind: KindText, Doc: "the page that this one was taken for a duplicate of", sql: "p.duplicate_of", value: func(p *page.Page) any { return p.DuplicateOf }},
	{Name: "robots", Kind: KindText, Doc: "noindex, nofollow, or both with a comma", sql: "p.robots", value: func(p *page.Page) any { return p.Robots }},
	{Name: "sitemap", Kind: KindText, Doc: "the sitemap that lists the page", sql: "s.sitemap", value: func(p *page.Page) any { return p.Sitemap }},
	{Name: "lastmod", Kind: KindTime, Doc: "its lastmod there", sql: "s.lastmod", value: func(p *page.Page) any { return p.LastMod }},
	{Name: "lang", Kind: KindText, Doc: "language", sql: "p.lang", value: func(p *page.Page) any { return p.Lang }},
	{Name: "links", Kind: KindList, Doc: "links", sql: length("p.links"), value: func(p *page.Page) any { return p.Links },
		parts: []string{"url", "rel", "text"}, each: func(p *page.Page) parts {
			return elements(p.Links, func(l page.Link, to []string) []string { return append(to, l.URL, l.Rel, l.Text) })
		}},
	{Name: "images", Kind: KindList, Doc: "images", sql: length("p.images"), value: func(p *page.Page) any { return p.Images },
		parts: []string{"src", "alt"}, each: func(p *page.Page) parts {
			return elements(p.Images, func(i page.Image, to []string) []string { return append(to, i.Src, i.Alt) })
		}},
	{Name: "meta", Kind: KindList, Doc: "meta elements", sql: length("p.meta"), value: func(p *page.Page) any { return p.Meta },
		parts: []string{"name", "content"}, each: func(p *page.Page) parts {
			return elements(p.Meta, func(m page.Meta, to []string) []string { return append(to, m.Name, m.Content) })
		}},
	allFields,
	{Name: "content_type", Kind: KindText, Doc: "media type", sql: "p.content_type", value: func(p *page.Page) any { return p.ContentType }},
	{Name: "charset", Kind: KindText, Doc: "encoding of the text", sql: "p.charset", value: func(p *page.Page) any { return p.Charset }},
	{Name: "bytes", Kind: KindInteger, Doc: "size of the body", sql: "p.bytes", value: func(p *page.Page) any { return p.Bytes }, always: true},
	{Name: "truncated", Kind: KindBoolean, Doc: "the body is longer than what was read", sql: "p.truncated", value: func(p *page.Page) any { return p.Truncated }},
	{Name: "sha256", Kind: KindText, Doc: "hash of the body", sql: "p.sha256", value: func(p *page.Page) any { return p.SHA256 }},
	{Name: "simhash", Kind: KindText, Doc: "fingerprint of the text", sql: "p.simhash", value: func(p *page.Page) any { return p.SimHash }},
	{Name: "etag", Kind: KindText, Doc: "ETag, as received", sql: "p.etag", value: func(p *page.Page) any { return p.ETag }},
	{Name: "last_modified", Kind: KindText, Doc: "Last-Modified, as received", sql: "p.last_modified", value: func(p *page.Page) any { return p.LastModified }},
	{Name: "change", Kind: KindText, Doc: "with --since: new, changed, unchanged or gone", sql: "p.change", value: func(p *page.Page) any { return string(p.Change) }},
	{Name: "not_modified", Kind: KindBoolean, Doc: "the server answered 304", extra: true, sql: "p.not_modified", value: func(p *page.Page) any { return p.NotModified }},
	{Name: "fetched_at", Kind: KindTime, Doc: "when the last request began", sql: "p.fetched_at", value: func(p *page.Page) any { return p.FetchedAt }},
	{Name: "duration_ms", Kind: KindNumber, Doc: "how long it took, in milliseconds", sql: "p.duration_ms", value: func(p *page.Page) any { return page.Milliseconds(p.Duration) }},
}

// length is the number of elements of a JSON column.
func length(column string) string { return "coalesce(json_array_length(" + column + "), 0)" }

func failure(p *page.Page) (f struct{ class, text string }) {
	if p.Err != nil {
		f.class, f.text = string(p.Err.Class), p.Err.Text
	}
	return f
}

func elements[T any](list []T, split func(v T, to []string) []string) parts {
	return func(yield func([]string) bool) {
		var buf []string
		for _, v := range list {
			if buf = split(v, buf[:0]); !yield(buf) {
				return
			}
		}
	}
}

// Columns are all columns, in the order of output.
func Columns() []Column { return slices.Clone(columns) }

// Chosen reports whether the column is part of the output where no columns are asked for.
func (c *Column) Chosen() bool { return !c.extra }

// of is the column's value for the page; nil if it is missing.
func (c *Column) of(p *page.Page) any {
	v := c.value(p)
	switch {
	case c.always:
	case c.Kind == KindList && c.count(p) == 0, v == "", v == int64(0), v == 0.0, v == false:
		return nil
	}
	if t, ok := v.(time.Time); ok && t.IsZero() {
		return nil
	}
	return v
}

// count is the number of elements of a list.
func (c *Column) count(p *page.Page) (n int64) {
	for range c.each(p) {
		n++
	}
	return n
}

// ColumnError says that no column has the name.
type ColumnError struct {
	Name string
}

// Error names the column that may be meant or, where none is near, all.
func (e *ColumnError) Error() string {
	if near := nearest(e.Name); near != "" {
		return fmt.Sprintf("there is no column %q: did you mean %s?", e.Name, near)
	}
	return fmt.Sprintf("there is no column %q: the columns are %s", e.Name, strings.Join(ColumnNames(), ", "))
}

// ColumnNames are the names of all columns, in the order of output.
func ColumnNames() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// column is the column of a name, in whatever case but for what follows a dot.
func column(name string) (*Column, error) {
	if c := fieldColumn(name); c != nil {
		return c, nil
	}
	for i := range columns {
		if strings.EqualFold(columns[i].Name, name) {
			return &columns[i], nil
		}
	}
	return nil, &ColumnError{name}
}

// chosen are the columns of the names, each once; without any, those of which is true.
func chosen(names []string, which func(*Column) bool) ([]*Column, error) {
	var cs []*Column
	if len(names) == 0 {
		for i := range columns {
			if which(&columns[i]) {
				cs = append(cs, &columns[i])
			}
		}
		return cs, nil
	}
	for _, name := range names {
		c, err := column(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(cs, func(o *Column) bool { return o.Name == c.Name }) {
			return nil, fmt.Errorf("column %s is chosen twice", c.Name)
		}
		cs = append(cs, c)
	}
	return cs, nil
}

// brief reports whether the columns do without what [crawlfile.Selection.Brief] leaves out.
func brief(cs []*Column) bool {
	return !slices.ContainsFunc(cs, func(c *Column) bool { return c.Kind == KindList || c.object != nil })
}

// nearest is the column whose name is so near to the name that it may be meant; "" if none is.
func nearest(name string) string {
	best, least := "", 3
	for _, c := range columns {
		if d := distance(strings.ToLower(name), c.Name); d < least && d < len(c.Name)/2+1 {
			best, least = c.Name, d
		}
	}
	return best
}

// distance is how many bytes must be put in, taken out or changed to make b of a.
func distance(a, b string) int {
	a = a[:min(len(a), 64)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
