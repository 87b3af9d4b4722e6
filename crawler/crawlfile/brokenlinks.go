package crawlfile

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"
)

// LinkChange is a link of a page that fails in one of two crawls and not in the other. A redirect counts as a link without text.
type LinkChange struct {
	Page, Target, Text string // URLs as the new crawl has them; the text is that of the crawl in which the link fails
	Failed             Failure
	// Known tells that the other crawl has a record of the target, PageKnown one of the page; Answers that the target did not fail there.
	Known, PageKnown, Answers bool
	Status                    int // of the target in the other crawl
}

// Failure is how the target of a link failed.
type Failure struct {
	Status int // 0 if there was no answer
	Class  string
}

// FindBroken finds the links of both crawls whose targets fail: those that were held back do not. It must come before Broken and Mended,
// and after FindMoved. It reads all links of both, unless nothing failed.
func (p *Pair) FindBroken(ctx context.Context) error {
	for i, side := range sides {
		pages, url, to, redirect := "new.pages AS p", "p.url", "json_extract(l.value, '$.url')", "p.redirect"
		if i == 0 {
			pages, url, to, redirect = "was AS p", "p.as_url", p.mapped(to), p.mapped(redirect)
		}
		for _, s := range []string{
			`CREATE TEMP TABLE bad_$SIDE(url TEXT PRIMARY KEY, status INTEGER, class TEXT NOT NULL) WITHOUT ROWID`,
			`INSERT OR IGNORE INTO bad_$SIDE SELECT $URL, status, error_class FROM $PAGES WHERE error_class IS NOT NULL AND error_class NOT IN ('robots', 'private', 'trap')`,
			`CREATE TEMP TABLE broken_$SIDE(target TEXT NOT NULL, page TEXT NOT NULL, text TEXT, PRIMARY KEY (target, page)) WITHOUT ROWID`,
			`INSERT OR IGNORE INTO broken_$SIDE SELECT $TO, $URL, json_extract(l.value, '$.text') FROM $PAGES, json_each(p.links) AS l
WHERE EXISTS (SELECT 1 FROM bad_$SIDE) AND p.links IS NOT NULL AND $TO IN (SELECT url FROM bad_$SIDE)`,
			`INSERT OR IGNORE INTO broken_$SIDE SELECT $REDIRECT, $URL, NULL FROM $PAGES WHERE p.redirect IS NOT NULL AND $REDIRECT IN (SELECT url FROM bad_$SIDE)`,
		} {
			if _, err := p.tx.ExecContext(ctx, strings.NewReplacer("$SIDE", side, "$PAGES", pages, "$URL", url, "$TO", to, "$REDIRECT", redirect).Replace(s)); err != nil {
				return explain(p.paths[i], "looking for broken links", err)
			}
		}
	}
	return nil
}

// Broken yields the links that fail in the new crawl and did not in the old one, by target and then by page. One on a page that moved
// is the same link. An error ends it, with the zero value.
func (p *Pair) Broken(ctx context.Context) iter.Seq2[LinkChange, error] {
	other := func(url string) string {
		if len(p.maps) > 0 {
			return "old.pages AS %[1]s ON %[1]s.id = (SELECT id FROM mapped WHERE url = " + url + ")"
		}
		return "old.pages AS %[1]s ON %[1]s.url = " + url
	}
	query := linkChanges("new",
		"(SELECT 1 FROM broken_old AS a WHERE a.target = b.target AND a.page IN (b.page, (SELECT old_url FROM moved WHERE new_url = b.page)))",
		other("b.target"), other("b.page"))
	return pairRows(ctx, p, query, scanLinkChange)
}

// Mended yields the links that failed in the old crawl and do not in the new one: because the target answers, or the link or its page
// is no more. Otherwise it is as Broken.
func (p *Pair) Mended(ctx context.Context) iter.Seq2[LinkChange, error] {
	query := linkChanges("old",
		"(SELECT 1 FROM broken_new AS a WHERE a.target = b.target AND a.page IN (b.page, (SELECT new_url FROM moved WHERE old_url = b.page)))",
		"new.pages AS %[1]s ON %[1]s.url = b.target", "new.pages AS %[1]s ON %[1]s.url = b.page")
	return pairRows(ctx, p, query, scanLinkChange)
}

func linkChanges(side, same, target, page string) string {
	return `SELECT b.page, b.target, b.text, f.status, f.class, t.id IS NOT NULL, s.id IS NOT NULL, coalesce(t.error_class IS NULL, 0), t.status
FROM broken_` + side + ` AS b CROSS JOIN bad_` + side + ` AS f ON f.url = b.target
LEFT JOIN ` + fmt.Sprintf(target, "t") + ` LEFT JOIN ` + fmt.Sprintf(page, "s") + ` WHERE NOT EXISTS ` + same + ` ORDER BY b.target, b.page`
}

func scanLinkChange(rows *sql.Rows) (l LinkChange, err error) {
	var status, now sql.NullInt64
	err = rows.Scan(&l.Page, &l.Target, text{&l.Text}, &status, &l.Failed.Class, &l.Known, &l.PageKnown, &l.Answers, &now)
	l.Failed.Status, l.Status = int(status.Int64), int(now.Int64)
	return l, err
}
