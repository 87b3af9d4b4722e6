package crawlfile

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"amble/crawler/page"
)

// Evidence is what the other crawl tells of a link that fails in one of two.
type Evidence string

const (
	Answered  Evidence = "answered"   // what it names was there
	NotLinked Evidence = "not linked" // the page did not have the link
	NoPage    Evidence = "no page"    // there was no such page to link
	NoWord    Evidence = "unknown"    // nothing: it did not come to the page, or did not ask for what the link names
)

// LinkChange is a link that fails in one of two crawls and not in the other. Its URLs are as the new crawl has them, of a page that moved,
// too.
type LinkChange struct {
	Broken
	Other  Evidence // of the other crawl
	Status int      // there, of what the link names, redirects followed; 0 unless it answered
}

// CompareLinks finds the links of both crawls that fail, as File.Broken has them. It is called once, before Broken and Mended and after Compare. It
// reads all links of both.
func (p *Pair) CompareLinks(ctx context.Context) error {
	const doing = "looking for broken links"
	for i, name := range sides {
		if err := p.exec(ctx, i, doing, within("temp", "CREATE TABLE @fails_"+name+
			"(url TEXT NOT NULL, id TEXT NOT NULL, holder TEXT NOT NULL, kind TEXT NOT NULL, anchor TEXT, final TEXT, status INTEGER, class TEXT, why TEXT)")); err != nil {
			return err
		}
		insert, err := p.tx.PrepareContext(ctx, within("temp", "INSERT INTO @fails_"+name+" VALUES(?,?,coalesce((SELECT new_url FROM moved WHERE old_url = ?), ?),?,?,?,?,?,?)"))
		if err != nil {
			return explain(p.side(i).Path, doing, err)
		}
		defer insert.Close()
		for b, err := range brokenIn(ctx, source{p.side(i).Path, name, p.tx}) {
			if err != nil {
				return err
			}
			var class, why any
			if b.Err != nil {
				class, why = string(b.Err.Class), b.Err.Text
			}
			url, from, final, movedFrom := b.URL, b.From, b.Final, ""
			if i == older {
				url, from, final = p.Map(url), p.Map(from), p.Map(final)
				movedFrom = from
			}
			if _, err := insert.ExecContext(ctx, url, b.ID, movedFrom, from, b.Kind, b.Text, final, b.Status, class, why); err != nil {
				return explain(p.side(i).Path, doing, err)
			}
		}
		if err := p.exec(ctx, i, doing, within("temp", "CREATE INDEX @fails_"+name+"_url")+" ON fails_"+name+"(url, id, holder, kind)"); err != nil {
			return err
		}
	}
	return nil
}

// Broken yields the links that fail in the new crawl and not in the old one, in the order of File.Broken, and what the old one tells of
// them. An error ends it, with the zero value.
func (p *Pair) Broken(ctx context.Context) iter.Seq2[LinkChange, error] {
	return p.linkChanges(ctx, newer)
}

// Mended yields the links that fail in the old crawl and not in the new one. Otherwise it is as Broken.
func (p *Pair) Mended(ctx context.Context) iter.Seq2[LinkChange, error] {
	return p.linkChanges(ctx, older)
}

func (p *Pair) linkChanges(ctx context.Context, i int) iter.Seq2[LinkChange, error] {
	query := `SELECT url, id, holder, kind, anchor, final, status, class, why FROM fails_` + sides[i] + ` AS f
WHERE NOT EXISTS (SELECT 1 FROM fails_` + sides[1-i] + ` AS g WHERE (g.url, g.id, g.holder, g.kind) = (f.url, f.id, f.holder, f.kind))
ORDER BY id <> '', url, id, holder, kind`
	rows := pairRows(ctx, p, query, func(rows *sql.Rows) (l LinkChange, err error) {
		var class, why string
		err = rows.Scan(&l.URL, &l.ID, &l.From, &l.Kind, &l.Text, &l.Final, &l.Broken.Status, text{&class}, text{&why})
		if class != "" {
			l.Err = &page.Error{Class: page.Class(class), Text: why}
		}
		return l, err
	})
	return func(yield func(LinkChange, error) bool) {
		for l, err := range rows {
			if err == nil {
				if l.Other, l.Status, err = p.evidence(ctx, 1-i, &l.Broken); err != nil {
					l, err = LinkChange{}, explain(p.side(1-i).Path, "looking for a link", err)
				}
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

// evidence is what one crawl tells of a link that fails in the other and is not among those that fail there.
func (p *Pair) evidence(ctx context.Context, i int, b *Broken) (e Evidence, status int, err error) {
	verdict, status, err := p.verdict(ctx, i, b.URL)
	if err != nil {
		return NoWord, 0, err
	}
	if verdict == OK && b.ID != "" {
		verdict = Undecided
		if here, err := p.placesOf(ctx, i, b.URL); err != nil {
			return NoWord, 0, err
		} else if here.known && here.has(b.ID) {
			verdict = OK
		}
	}
	if verdict == OK {
		return Answered, status, nil
	}
	e, err = p.holder(ctx, i, b)
	return e, 0, err
}

// verdict is what came of asking for a URL, redirects followed.
func (p *Pair) verdict(ctx context.Context, i int, url string) (Verdict, int, error) {
	const query = `WITH ` + asked + ` SELECT status, redirect, class IS NOT NULL, coalesce(` + undecided + `, 0) FROM asked WHERE url IN (SELECT value FROM json_each(?))`
	for range hopsFollowed {
		var status sql.NullInt64
		var redirect string
		var failed, nobody bool
		err := p.tx.QueryRowContext(ctx, within(sides[i], query), p.names(i, url)).Scan(&status, text{&redirect}, &failed, &nobody)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return Undecided, 0, nil
		case err != nil:
			return Undecided, 0, err
		case nobody:
			return Undecided, 0, nil
		case failed:
			return Bad, int(status.Int64), nil
		case redirect == "":
			return OK, int(status.Int64), nil
		}
		if url = redirect; i == older {
			url = p.Map(url)
		}
	}
	return Undecided, 0, nil
}

func (p *Pair) placesOf(ctx context.Context, i int, url string) (*places, error) {
	var at string
	err := p.tx.QueryRowContext(ctx, within(sides[i], "SELECT url FROM @pages WHERE url IN (SELECT value FROM json_each(?))"), p.names(i, url)).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return &places{}, nil
	} else if err != nil {
		return nil, err
	}
	return placesOf(ctx, source{p.side(i).Path, sides[i], p.tx}, at)
}

// holds is, by kind of link, whether a page holds it; the first parameter is the URLs by which the page may be known.
func holds(kind string) string {
	switch kind {
	case "link":
		return `EXISTS (SELECT 1 FROM json_each(p.links) AS l WHERE json_extract(l.value, '$.url') IN (SELECT value FROM json_each(?2)) AND ?3 = ?3)`
	case "fragment":
		return `EXISTS (SELECT 1 FROM json_each(p.fragments) AS l WHERE json_extract(l.value, '$.url') IN (SELECT value FROM json_each(?2)) AND json_extract(l.value, '$.id') = ?3)`
	}
	return `EXISTS (SELECT 1 FROM json_each(p.assets) AS l WHERE json_extract(l.value, '$.url') IN (SELECT value FROM json_each(?2)) AND ?3 = ?3)`
}

// holder looks for the link where it should be.
func (p *Pair) holder(ctx context.Context, i int, b *Broken) (Evidence, error) {
	names := p.names(i, b.URL)
	there := func(query string) (Evidence, error) {
		var held bool
		if err := p.tx.QueryRowContext(ctx, within(sides[i], query), names).Scan(&held); err != nil || held {
			return NoWord, err
		}
		return NotLinked, nil
	}
	switch b.Kind {
	case "seed":
		return there("SELECT EXISTS (SELECT 1 FROM @seeds WHERE url IN (SELECT value FROM json_each(?)))")
	case "sitemap":
		if e, err := there("SELECT EXISTS (SELECT 1 FROM @sitemap_urls WHERE url IN (SELECT value FROM json_each(?)))"); e != NotLinked {
			return e, err
		}
	}
	from := b.From
	if i == older {
		err := p.tx.QueryRowContext(ctx, "SELECT old_url FROM moved WHERE new_url = ?", from).Scan(&from)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return NoWord, err
		}
	}
	query := "SELECT " + of("p", isThere) + ", " + of("p", isMissing) + ", coalesce(p.truncated, 0), " + holds(b.Kind) +
		" FROM @pages AS p WHERE p.url IN (SELECT value FROM json_each(?1))"
	var read, missing, cut, held bool
	err := p.tx.QueryRowContext(ctx, within(sides[i], query), p.names(i, from), names, b.ID).Scan(&read, &missing, &cut, &held)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		var away bool
		err := p.tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM fates WHERE url = ? AND kind IN ('unreached', 'unseen'))", from).Scan(&away)
		if err != nil || away {
			return NoWord, err
		}
		return NoPage, nil
	case err != nil:
		return NoWord, err
	case missing:
		return NoPage, nil
	case b.Kind == "sitemap" && read && !cut:
		return NotLinked, nil
	case !read, cut, held, b.Kind == "fragment" && !p.side(i).notes.Fragments, b.Kind != "fragment" && b.Kind != "link" && !p.side(i).notes.Assets:
		return NoWord, nil
	}
	return NotLinked, nil
}
