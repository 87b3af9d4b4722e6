//go:build unix

package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// contents is what a crawl file holds, seen as anybody can see it.
type contents struct {
	begun   bool // it has tables: there is a crawl in it
	state   string
	pages   map[string]bool
	pending map[string]bool
	robots  map[string]bool // URLs of those robots.txt whose answer stands
	moved   map[string]bool // where robots.txt redirected to
}

// death is the state of things when a run was killed.
type death struct {
	contents
	at int // requests that the server had seen by then
}

// inspect reads the crawl file; see read.
func (o *ordeal) inspect() contents {
	o.t.Helper()
	return o.read(o.snapshot(""))
}

// snapshot copies the crawl file as it is, since opening a file after a death repairs it, and that is for the command to do. The copy
// stays in a folder of that name; "" stands for a passing one.
func (o *ordeal) snapshot(name string) (dir string) {
	o.t.Helper()
	dir = filepath.Join(o.dir, name)
	if name == "" {
		dir = o.t.TempDir()
	} else if err := os.Mkdir(dir, 0o777); err != nil {
		o.t.Fatal(err)
	}
	for _, side := range []string{"", "-wal", "-journal"} {
		b, err := os.ReadFile(o.file + side)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err == nil {
			err = os.WriteFile(filepath.Join(dir, "c.db"+side), b, 0o666)
		}
		if err != nil {
			o.t.Fatal(err)
		}
	}
	return dir
}

// read reads a copy of the crawl file and checks what must hold at every moment: SQLite finds it sound, and no URL is in it twice.
func (o *ordeal) read(dir string) contents {
	o.t.Helper()
	c := contents{pages: make(map[string]bool), pending: make(map[string]bool), robots: make(map[string]bool), moved: make(map[string]bool)}
	copied := filepath.Join(dir, "c.db")
	if st, err := os.Stat(copied); err != nil || st.Size() == 0 {
		return c
	}
	db, err := sql.Open("sqlite", copied)
	if err != nil {
		o.t.Fatal(err)
	}
	defer db.Close()
	if got := column(o, db, "PRAGMA integrity_check"); !slices.Equal(got, []string{"ok"}) {
		o.t.Errorf("integrity_check of %s: %q", dir, got)
		return c
	}
	if len(column(o, db, "SELECT name FROM sqlite_schema WHERE name = 'pages'")) == 0 {
		return c
	}
	c.begun = true
	c.state = strings.Join(column(o, db, "SELECT value FROM meta WHERE key = 'state'"), "")
	enter := func(what string, into map[string]bool, urls []string) {
		for _, u := range urls {
			if into[u] {
				o.t.Errorf("%s is in %s twice", u, what)
			}
			into[u] = true
		}
	}
	enter("pages", c.pages, column(o, db, "SELECT url FROM pages"))
	enter("pending", c.pending, column(o, db, "SELECT url FROM pending"))
	for u := range c.pending {
		if c.pages[u] {
			o.t.Errorf("%s is in pages and in pending", u)
		}
	}
	// Where robots.txt was not to be had, asking again is right.
	enter("robots", c.robots, column(o, db, `SELECT replace(origin, ':80', '') || '/robots.txt' FROM robots WHERE status < 500 AND status <> 429`))
	enter("robots", c.moved, column(o, db, `SELECT DISTINCT redirected_to FROM robots WHERE redirected_to IS NOT NULL`))
	return c
}

// column is the first column of a query's rows, as text.
func column(o *ordeal, db *sql.DB, query string) (all []string) {
	o.t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		o.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			o.t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		o.t.Fatalf("%s: %v", query, err)
	}
	return all
}

// same checks that the crawl, which has ended, holds what an undisturbed one does.
func (o *ordeal) same(want *undisturbed) {
	o.t.Helper()
	if got := o.export(); got != want.export {
		o.t.Errorf("the export differs from that of an undisturbed crawl (-undisturbed +this):\n%s%s", onlyIn("-", want.export, got), onlyIn("+", got, want.export))
	}
	c := o.inspect()
	if c.state != want.state {
		o.t.Errorf("the crawl is %q, an undisturbed one %q", c.state, want.state)
	}
	if len(c.pending) > 0 && want.state == "complete" {
		o.t.Errorf("pending: %q", slices.Sorted(maps.Keys(c.pending)))
	}
	o.alone()
}

// onlyIn lists the lines of a that are not in b: the first few, and the beginnings of them.
func onlyIn(mark, a, b string) string {
	const most = 8
	there := make(map[string]bool)
	for line := range strings.Lines(b) {
		there[line] = true
	}
	n, list := 0, ""
	for line := range strings.Lines(a) {
		if there[line] {
			continue
		}
		if n++; n <= most {
			list += fmt.Sprintf("%s %.300s\n", mark, strings.TrimSuffix(line, "\n"))
		}
	}
	return list + fmt.Sprintf("%s %d lines in all\n", mark, n)
}

// alone checks that nothing is left lying beside the crawl file: it has been closed.
func (o *ordeal) alone() {
	o.t.Helper()
	beside, err := filepath.Glob(o.file + "-*")
	if err != nil {
		o.t.Fatal(err)
	}
	if len(beside) > 0 {
		o.t.Errorf("beside the crawl file there are %q", beside)
	}
}

// unrecorded is how many pages may have been asked for and not be on record when a run dies: one for each worker, and those that have been
// handed over to be written, which is a matter of milliseconds and of at most one commit and what waits for the next.
const unrecorded = 256 + 16

// frugal checks the requests: what was on record when a run died was not asked for again, what was not was no more than can have been
// under way, and nothing was asked for that an undisturbed crawl does not ask for.
func (o *ordeal) frugal(want *undisturbed, workers int) {
	o.t.Helper()
	log := o.server.Log().Requests()
	moved := o.inspect().moved // where a page is a robots.txt as well, it is asked for as the one and as the other
	for i, d := range o.deaths {
		begun := 0
		if i > 0 {
			begun = o.deaths[i-1].at
		}
		lost := make(map[string]bool)
		for _, r := range log[begun:d.at] {
			if u := r.URL(); !d.pages[u] && !strings.HasSuffix(u, "/robots.txt") {
				lost[u] = true
			}
		}
		if len(lost) > workers+unrecorded {
			o.t.Errorf("death %d: %d pages had been asked for and were not on record, want at most %d", i+1, len(lost), workers+unrecorded)
		}
		if n, _ := mostLost.LoadOrStore(workers, 0); len(lost) > n.(int) {
			mostLost.Store(workers, len(lost))
		}
		var again, rules []string
		for _, r := range log[d.at:] {
			switch u := r.URL(); {
			case d.pages[u] && !moved[u]:
				again = append(again, u)
			case d.robots[u]:
				rules = append(rules, u)
			}
		}
		if len(again) > 0 {
			o.t.Errorf("death %d: %d pages were on record and were fetched again: %.2000q", i+1, len(again), again)
		}
		if len(rules) > 0 {
			o.t.Errorf("death %d: robots.txt was on record and was fetched again: %.2000q", i+1, rules)
		}
	}
	for u, n := range o.requests() {
		if most := want.requests[u] * (1 + len(o.deaths)); n > most {
			o.t.Errorf("%s was asked for %d times in %d runs, by an undisturbed crawl %d times", u, n, 1+len(o.deaths), want.requests[u])
		}
	}
}
