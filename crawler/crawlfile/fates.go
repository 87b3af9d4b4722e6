package crawlfile

import (
	"context"
	"database/sql"
	"iter"
	"strings"

	"amble/crawler/page"
)

// FateKind is what became of a URL between two crawls.
type FateKind string

// The kinds. A page is there if it answered with 2xx or with a redirect that can be followed, as package page has it.
const (
	FateNew       FateKind = "new"       // it is there, and was not
	FateGone      FateKind = "gone"      // it was there, and is not
	FateMoved     FateKind = "moved"     // its content was there, at another URL where it is no longer
	FateChanged   FateKind = "changed"   // both crawls have a record of it, and not the same
	FateUnreached FateKind = "unreached" // it was there, and the new crawl did not come to it: whether it is there nobody knows
	FateUnseen    FateKind = "unseen"    // it is there, and the old crawl did not come to it: whether it was there nobody knows
)

// Why it is so, in Fate.
const (
	WhyMissing    = "missing"    // gone: it is 404 or 410
	WhyUnlinked   = "unlinked"   // gone: it has no record, in a crawl that came to the end, and nothing there links to it
	WhyRedirected = "redirected" // moved: the old URL redirects to the new one
	WhySame       = "same"       // moved: the same bytes are there, or a page with the same title and text
	WhyCut        = "cut"        // unreached, unseen: the crawl did not come to its end
	WhyLinked     = "linked"     // unreached, unseen: Via, a page or a sitemap, names it, yet it was not asked for: it is too deep, or does not belong to the crawl
	WhyFailed     = "failed"     // unreached, unseen: Via, which led to it, could not be read there, or not to its end
	WhyBehind     = "behind"     // unreached, unseen: Via, which led to it, was not reached either
	WhySeed       = "seed"       // unreached, unseen: the other crawl began there, or was told so by robots.txt
)

// Fate is a URL and what became of it.
type Fate struct {
	Kind     FateKind
	URL      string     // as the new crawl has it
	Old, New *page.Page // the records, without Images, Meta and the like; nil if there is none. The old one has its own URLs.
	Why      string     // empty for FateNew and FateChanged
	Via      string     // a page of the crawl that did not come there: see WhyLinked, WhyFailed and WhyBehind
}

// The conditions on a record, as package page has them.
const (
	isThere   = `(%.error_class IS NULL AND %.status IS NOT NULL)`
	isMissing = `(coalesce(%.status, 0) IN (404, 410))`
	isRead    = `(%.error_class IS NULL AND %.status BETWEEN 200 AND 299 AND %.sha256 IS NOT NULL AND %.bytes > 0 AND %.truncated IS NULL)`
)

func of(table, condition string) string { return strings.ReplaceAll(condition, "%", table) }

// compared are the columns by which records differ to anyone's interest; what was not read is told apart by what servers say of it. Where the
// bytes are the same, so are the links.
func (p *Pair) compared() string {
	row := func(i int, table string, columns ...string) string {
		for j, c := range columns {
			columns[j] = table + "." + c
			if c == "redirect" || c == "canonical" {
				columns[j] = p.as(i, columns[j])
			}
		}
		return "(" + strings.Join(columns, ", ") + ")"
	}
	differ := func(columns ...string) string {
		return row(older, "o", append([]string(nil), columns...)...) + " IS NOT " + row(newer, "n", append([]string(nil), columns...)...)
	}
	return "(" + differ("status", "redirect", "error_class", "sha256", "content_type", "title", "description", "canonical", "lang", "robots") +
		" OR (o.sha256 IS NULL OR n.sha256 IS NULL) AND " + differ("bytes", "etag", "last_modified") + ")"
}

// Compare finds what became of the URLs of both crawls; it is called once. It reads the short columns of all pages, and all links of a crawl that lacks pages of
// the other one.
func (p *Pair) Compare(ctx context.Context) error {
	err := p.exec(ctx, newer, "comparing its pages",
		`CREATE TEMP TABLE fates(nth INTEGER PRIMARY KEY, kind TEXT NOT NULL, url TEXT NOT NULL, old INTEGER, new INTEGER, why TEXT, via TEXT)`,
		`INSERT INTO fates(kind, url, old, new, why)
SELECT CASE WHEN n.id IS NULL THEN 'absent' WHEN `+of("o", isThere)+` AND `+of("n", isMissing)+` THEN 'gone' WHEN `+of("o", isMissing)+` AND `+of("n", isThere)+` THEN 'new' ELSE 'changed' END,
  k.url, o.id, n.id, CASE WHEN `+of("o", isThere)+` AND `+of("n", isMissing)+` THEN 'missing' END
FROM was AS k CROSS JOIN old.pages AS o ON o.id = k.id LEFT JOIN new.pages AS n ON n.url = k.url
WHERE CASE WHEN n.id IS NULL THEN `+of("o", isThere)+` ELSE `+p.compared()+` END`,
		`INSERT INTO fates(kind, url, new) SELECT 'absent', n.url, n.id FROM new.pages AS n WHERE `+of("n", isThere)+` AND NOT EXISTS (SELECT 1 FROM was AS k WHERE k.url = n.url)`,
		`CREATE INDEX temp.fates_url ON fates(url)`,
	)
	if err != nil {
		return err
	}
	for i := range sides {
		if err := p.absent(ctx, i); err != nil {
			return err
		}
	}
	if err := p.findMoved(ctx); err != nil {
		return err
	}
	return p.exec(ctx, newer, "comparing its pages", `CREATE INDEX temp.fates_kind ON fates(kind, url)`)
}

// absent judges what one crawl has no record of. It cannot be told to be missing there if anything of that crawl speaks for its having been
// asked for, had it only gone on, or further.
func (p *Pair) absent(ctx context.Context, i int) error {
	other, lacks, has := 1-i, "old", "new"
	if i == newer {
		lacks, has = "new", "old"
	}
	name := strings.NewReplacer("$LACKS", lacks, "$HAS", has, "$OTHERREFERRER", p.as(other, "p.referrer"),
		"$LINK", p.as(i, "json_extract(l.value, '$.url')"), "$REDIRECT", p.as(i, "p.redirect"), "$URL", p.as(i, "p.url"), "$LISTED", p.as(i, "s.url"), "$SITEMAP", p.as(i, "s.sitemap"))
	run := func(statements ...string) error {
		for j, s := range statements {
			statements[j] = name.Replace(s)
		}
		return p.exec(ctx, i, "looking for pages that it does not have", statements...)
	}
	err := run(
		`CREATE TEMP TABLE absent(url TEXT PRIMARY KEY, fate INTEGER NOT NULL, referrer TEXT, why TEXT, via TEXT)`,
		`INSERT OR IGNORE INTO absent(url, fate, referrer) SELECT f.url, f.nth, $OTHERREFERRER FROM fates AS f CROSS JOIN $HAS.pages AS p ON p.id = f.$HAS WHERE f.kind = 'absent' AND f.$LACKS IS NULL`)
	if err != nil {
		return err
	}
	var any bool
	if err := p.tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM absent)").Scan(&any); err != nil {
		return explain(p.side(i).Path, "looking for pages that it does not have", err)
	}
	switch {
	case !any:
	case !p.side(i).Whole():
		err = run(`UPDATE absent SET why = 'cut'`)
	default:
		record := "new.pages AS r ON r.url = a.referrer"
		if i == older {
			record = "was AS k ON k.url = a.referrer CROSS JOIN old.pages AS r ON r.id = k.id"
		}
		err = run(
			`UPDATE absent SET why = 'seed' WHERE referrer IS NULL`,
			`CREATE TEMP TABLE led(url TEXT PRIMARY KEY, via TEXT NOT NULL) WITHOUT ROWID`,
			`INSERT INTO led SELECT a.url, $URL FROM $LACKS.pages AS p CROSS JOIN json_each(p.links) AS l CROSS JOIN absent AS a ON a.url = $LINK WHERE a.why IS NULL AND p.links IS NOT NULL
ON CONFLICT DO UPDATE SET via = min(via, excluded.via)`,
			`INSERT INTO led SELECT a.url, $URL FROM $LACKS.pages AS p CROSS JOIN absent AS a ON a.url = $REDIRECT WHERE a.why IS NULL AND p.redirect IS NOT NULL
ON CONFLICT DO UPDATE SET via = min(via, excluded.via)`,
			`INSERT INTO led SELECT a.url, $SITEMAP FROM $LACKS.sitemap_urls AS s CROSS JOIN absent AS a ON a.url = $LISTED WHERE a.why IS NULL
ON CONFLICT DO NOTHING`,
			`UPDATE absent SET why = 'linked', via = led.via FROM led WHERE led.url = absent.url`,
			`DROP TABLE led`,
			`UPDATE absent SET why = 'failed', via = referrer WHERE why IS NULL AND EXISTS
  (SELECT 1 FROM (SELECT absent.referrer AS referrer) AS a CROSS JOIN `+record+` WHERE (NOT `+of("r", isThere)+` AND NOT `+of("r", isMissing)+`) OR r.truncated)`,
			`CREATE INDEX temp.absent_referrer ON absent(referrer)`,
			`CREATE TEMP TABLE behind AS WITH RECURSIVE b(url) AS (
  SELECT url FROM absent WHERE why IS NOT NULL
  UNION SELECT a.url FROM b CROSS JOIN absent AS a ON a.referrer = b.url WHERE a.why IS NULL) SELECT url FROM b`,
			`UPDATE absent SET why = 'behind', via = referrer WHERE why IS NULL AND url IN (SELECT url FROM behind)`,
			`DROP TABLE behind`,
		)
	}
	if err != nil {
		return err
	}
	kind, unknown, why := FateNew, FateUnseen, "NULL"
	if i == newer {
		kind, unknown, why = FateGone, FateUnreached, literal(WhyUnlinked)
	}
	return run(
		`UPDATE fates SET kind = iif(a.why IS NULL, `+literal(string(kind))+`, `+literal(string(unknown))+`), why = coalesce(a.why, `+why+`), via = a.via FROM absent AS a WHERE fates.nth = a.fate`,
		`DROP TABLE absent`)
}

// FatesOf yields the URLs of one kind, in byte order of URLs. An error ends it, with the zero
// value.
func (p *Pair) FatesOf(ctx context.Context, kind FateKind) iter.Seq2[Fate, error] {
	type row struct {
		Fate
		old, new int64
	}
	const query = "SELECT url, coalesce(old, 0), coalesce(new, 0), why, via FROM fates WHERE kind = ? ORDER BY url, nth"
	rows := pairRows(ctx, p, query, func(rows *sql.Rows) (r row, err error) {
		r.Kind = kind
		err = rows.Scan(&r.URL, &r.old, &r.new, text{&r.Why}, text{&r.Via})
		return r, err
	}, string(kind))
	return func(yield func(Fate, error) bool) {
		for r, err := range rows {
			if err == nil {
				r.Old, err = p.record(ctx, older, r.old)
			}
			if err == nil {
				r.New, err = p.record(ctx, newer, r.new)
			}
			if err != nil {
				yield(Fate{}, err)
				return
			}
			if !yield(r.Fate, nil) {
				return
			}
		}
	}
}

// CountApart counts the URLs of which both crawls have a record, and that are new, gone, or part of a move.
func (p *Pair) CountApart(ctx context.Context) (n int, err error) {
	const query = `SELECT (SELECT count(*) FROM fates WHERE kind IN ('new', 'gone') AND old IS NOT NULL AND new IS NOT NULL) + (SELECT coalesce(sum(known), 0) FROM moved)`
	err = p.tx.QueryRowContext(ctx, query).Scan(&n)
	return n, explain(p.New.Path, "counting pages", err)
}
