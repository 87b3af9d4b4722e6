package crawlfile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"amble/crawler/page"
)

// Broken is a link that does not lead where it should: the page that holds it, and what is wrong.
type Broken struct {
	URL  string // what the link names
	Kind string // link, fragment, seed, sitemap, or a kind of page.Asset
	From string // the page, or the sitemap, that holds it; empty for a seed
	Text string // the anchor text
	// Final is the URL that failed: URL itself, or where its redirects lead in the end. Status is its answer's, 0 if there was none.
	Final  string
	Status int
	Err    *page.Error // why; nil for a fragment that names no place in the page
	ID     string      // of a fragment: the place, as it is written
}

// Target is a URL that was asked for, and Verdict what came of it.
type Target struct {
	URL     string
	Verdict Verdict
	Status  int
	Err     *page.Error // where the verdict is not OK, and redirects do not say so
}

// Verdict is what is known of a link's target, its own answer alone.
type Verdict string

const (
	OK        Verdict = "ok"
	Bad       Verdict = "broken"
	Undecided Verdict = "undecided" // it was not asked for, or the server did not let on
)

// Of these it cannot be told whether they are broken: what was not asked for by amble's own decision; answers that ask for a login or for
// patience; and, of strangers, refusals, for many refuse whatever is no browser.
const undecided = `(class IN ('robots', 'private', 'trap', 'internal') OR status IN (401, 407, 429) OR checked AND status IN (403, 999))`

// In this and what follows, @ stands before the tables of one of several files that are open together: see source.
const asked = `asked(url, status, redirect, class, text, checked) AS (
  SELECT url, status, redirect, error_class, error_text, 0 FROM @pages
  UNION ALL SELECT url, status, redirect, error_class, error_text, 1 FROM @checks WHERE attempts IS NOT NULL)`

// broken finds what failed, then by redirects what leads there; each URL redirects to one other at most, so this ends. Redirects that come to no end, be it
// good or bad, go round in a circle, or lead into one: each of them is an answer like any other, and only together do they fail.
const broken = `WITH RECURSIVE ` + asked + `,
redirects(url, redirect, status) AS MATERIALIZED (SELECT url, redirect, status FROM asked WHERE redirect IS NOT NULL AND class IS NULL),
ending(url) AS (
  SELECT url FROM redirects WHERE redirect NOT IN (SELECT url FROM redirects)
  UNION SELECT r.url FROM ending AS e JOIN redirects AS r ON r.redirect = e.url),
bad(url, final, status, class, text) AS (
  SELECT url, url, status, class, text FROM asked WHERE class IS NOT NULL AND NOT coalesce(` + undecided + `, 0)
  UNION SELECT r.url, b.final, b.status, b.class, b.text FROM bad AS b JOIN redirects AS r ON r.redirect = b.url),
failed AS MATERIALIZED (SELECT * FROM bad
  UNION ALL SELECT url, url, status, 'redirect', status || ' into a circle of redirects' FROM redirects WHERE url NOT IN (SELECT url FROM ending)),
held(url, kind, from_url, text, position) AS (
  SELECT json_extract(l.value, '$.url'), 'link', p.url, json_extract(l.value, '$.text'), l.key FROM @pages AS p, json_each(p.links) AS l
  UNION ALL SELECT json_extract(a.value, '$.url'), json_extract(a.value, '$.kind'), p.url, NULL, a.key FROM @pages AS p, json_each(p.assets) AS a
  UNION ALL SELECT url, 'seed', NULL, NULL, position FROM @seeds
  UNION ALL SELECT url, 'sitemap', sitemap, NULL, 0 FROM @sitemap_urls)
SELECT h.url, h.kind, h.from_url, h.text, f.final, f.status, f.class, f.text
FROM held AS h CROSS JOIN failed AS f ON f.url = h.url` // in this order: there are many links, and few that failed

// Broken yields the links whose targets failed, redirects followed, and, where the crawl noted them, those to places that their targets
// do not have: by URL, then by page, fragments last. An error ends it, with the zero value. It reads all links; memory does
// not grow with their number, SQLite sorts on disk what is too large.
func (f *File) Broken(ctx context.Context) iter.Seq2[Broken, error] {
	return brokenIn(ctx, f.source())
}

// Broken yields those of the snapshot.
func (s *Snapshot) Broken(ctx context.Context) iter.Seq2[Broken, error] {
	return brokenIn(ctx, s.source())
}

func brokenIn(ctx context.Context, f source) iter.Seq2[Broken, error] {
	return func(yield func(Broken, error) bool) {
		const query = broken + " ORDER BY h.url, h.from_url, h.kind, h.position"
		for b, err := range each(ctx, f, "looking for broken links", f.tables(query), func(rows *sql.Rows) (b Broken, err error) {
			var status sql.NullInt64
			b.Err = new(page.Error)
			var class string
			err = rows.Scan(&b.URL, &b.Kind, text{&b.From}, text{&b.Text}, &b.Final, &status, &class, text{&b.Err.Text})
			b.Status, b.Err.Class = int(status.Int64), page.Class(class)
			return b, err
		}) {
			if !yield(b, err) || err != nil {
				return
			}
		}
		if err := misplaced(ctx, f, func(b Broken) bool { return yield(b, nil) }); err != nil {
			yield(Broken{}, explain(f.path, "looking for fragments", err))
		}
	}
}

// misplaced hands over links to places that there are not. They come by target, so one page's places are in memory at a time.
func misplaced(ctx context.Context, f source, yield func(Broken) bool) error {
	const query = `SELECT json_extract(l.value, '$.url') AS url, json_extract(l.value, '$.id') AS id, p.url
FROM @pages AS p, json_each(p.fragments) AS l ORDER BY 1, 2, 3`
	rows, err := f.QueryContext(ctx, f.tables(query))
	if err != nil {
		return err
	}
	defer rows.Close()
	var at string
	var here *places
	for rows.Next() {
		b := Broken{Kind: "fragment"}
		if err := rows.Scan(&b.URL, &b.ID, &b.From); err != nil {
			return err
		}
		if here == nil || b.URL != at {
			if here, err = placesOf(ctx, f, b.URL); err != nil {
				return err
			}
			at = b.URL
		}
		if here.known && !here.has(b.ID) {
			b.Final, b.Status = here.url, here.status
			if !yield(b) {
				return nil
			}
		}
	}
	return rows.Err()
}

// places are those of one page.
type places struct {
	url    string
	status int
	known  bool
	ids    map[string]struct{}
}

// hopsFollowed is how many redirects lead a fragment on: it holds for where they lead (RFC 9110, section 10.2.2).
const hopsFollowed = 20

func placesOf(ctx context.Context, f source, at string) (*places, error) {
	for range hopsFollowed {
		var redirect, ids string
		var status sql.NullInt64
		var truncated sql.NullBool
		err := f.QueryRowContext(ctx, f.tables("SELECT status, redirect, truncated, ids FROM @pages WHERE url = ?"), at).
			Scan(&status, text{&redirect}, &truncated, text{&ids})
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return &places{}, nil
		case err != nil:
			return nil, err
		case redirect != "":
			at = redirect
			continue
		}
		p := &places{url: at, status: int(status.Int64), known: ids != "" && !truncated.Bool, ids: make(map[string]struct{})}
		var list []string
		if err := column("ids", ids, &list); err != nil {
			return nil, err
		}
		for _, id := range list {
			p.ids[id] = struct{}{}
		}
		return p, nil
	}
	return &places{}, nil
}

// has finds a place as a browser does: as it is written, then with its percent-encoding undone (HTML, "find a potential indicated element"). A range of
// lines, which the scripts of source listings mark, is there if its ends are.
func (p *places) has(id string) bool {
	if _, ok := p.ids[id]; ok {
		return true
	}
	if m := lineRange.FindStringSubmatch(id); m != nil {
		_, first := p.ids[m[1]+m[2]]
		_, last := p.ids[m[1]+m[3]]
		return first && last
	}
	if !strings.Contains(id, "%") {
		return false
	}
	_, ok := p.ids[strings.ToValidUTF8(percentDecoded(id), "\uFFFD")]
	return ok
}

// lineRange is how listings of sources name several lines: 3-17 is rustdoc's, L3-L17 that of many forges.
var lineRange = regexp.MustCompile(`^(L?)([0-9]+)-L?([0-9]+)$`)

// percentDecoded leaves a % alone that two hexadecimal digits do not follow (URL standard, "percent-decode").
func percentDecoded(s string) string {
	parts := strings.SplitAfter(s, "%")
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(parts[0], "%"))
	for _, part := range parts[1:] {
		if len(part) >= 2 {
			if d, err := url.PathUnescape("%" + part[:2]); err == nil {
				b.WriteString(d + strings.TrimSuffix(part[2:], "%"))
				continue
			}
		}
		b.WriteString("%" + strings.TrimSuffix(part, "%"))
	}
	return b.String()
}

// Targets yields everything that was asked for or held back, in byte order of URLs. An error ends it, with the zero value.
func (f *File) Targets(ctx context.Context) iter.Seq2[Target, error] {
	const query = `WITH ` + asked + ` SELECT url, status, class, text, coalesce(` + undecided + `, 0) FROM asked ORDER BY url`
	return each(ctx, f.source(), "reading what was asked for", f.source().tables(query), func(rows *sql.Rows) (t Target, err error) {
		var status sql.NullInt64
		var class, why string
		var undecided bool
		err = rows.Scan(&t.URL, &status, text{&class}, text{&why}, &undecided)
		t.Status, t.Verdict = int(status.Int64), OK
		if class != "" {
			t.Err, t.Verdict = &page.Error{Class: page.Class(class), Text: why}, Bad
		}
		if undecided {
			t.Verdict = Undecided
		}
		return t, err
	})
}

// CheckStats are totals of a link check.
type CheckStats struct {
	Asked     int // URLs that were asked for, or held back: pages and checks
	Checks    int // of these, that the crawl did not read
	Waiting   int // checks that are left for another run
	Pending   int // pages that are
	Undecided int // URLs of which it cannot be told whether they are there
}

// CheckStats counts.
func (f *File) CheckStats(ctx context.Context) (CheckStats, error) {
	return checkStats(ctx, f.source())
}

// CheckStats counts in the snapshot.
func (s *Snapshot) CheckStats(ctx context.Context) (CheckStats, error) {
	return checkStats(ctx, s.source())
}

func checkStats(ctx context.Context, f source) (s CheckStats, err error) {
	const query = `WITH ` + asked + ` SELECT count(*), coalesce(sum(checked), 0), coalesce(sum(` + undecided + `), 0), (SELECT count(*) FROM checks WHERE attempts IS NULL),
  (SELECT count(*) FROM pending) FROM asked`
	err = f.QueryRowContext(ctx, f.tables(query)).Scan(&s.Asked, &s.Checks, &s.Undecided, &s.Waiting, &s.Pending)
	return s, explain(f.path, "counting checks", err)
}

// CountBroken counts the URLs whose links are broken, and those links.
func (f *File) CountBroken(ctx context.Context) (urls, links int, err error) {
	last := ""
	for b, err := range f.Broken(ctx) {
		if err != nil {
			return 0, 0, err
		}
		links++
		if name := b.Name(); name != last {
			urls++
			last = name
		}
	}
	return urls, links, nil
}

// Reason says what is wrong with the link, on one line.
func (b *Broken) Reason() string {
	if b.Err == nil {
		if b.Final != b.URL {
			return fmt.Sprintf("there is no place %q in %s, to which it redirects", b.ID, b.Final)
		}
		return fmt.Sprintf("there is no place %q in the page", b.ID)
	}
	why := b.Err.Error()
	if b.Status != 0 && b.Err.Text == fmt.Sprintf("%d %s", b.Status, http.StatusText(b.Status)) {
		why = b.Err.Text
	}
	if b.Final != b.URL {
		why += ", at " + b.Final + ", to which it redirects"
	}
	return why
}

// Name is what the link names, its fragment included.
func (b *Broken) Name() string {
	if b.ID == "" {
		return b.URL
	}
	return b.URL + "#" + b.ID
}
