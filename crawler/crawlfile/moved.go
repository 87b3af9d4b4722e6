package crawlfile

import (
	"context"
	"database/sql/driver"
	"math/bits"
	"strconv"

	"modernc.org/sqlite"
)

// nearlySame is how many bits the hashes of two texts differ in at most that are told to be the same by a redirect between their URLs
// and their titles, too: see package similar.
const nearlySame = "5"

// findMoved finds contents that are at another URL now: read before, at a URL that is gone or redirects; and read now, at one that is new. A redirect
// from one to the other is believed if the text is nearly the same; otherwise the bytes must be, and in the end title and
// text, where there is but one page of them before and after: there the URL of the page itself is often in it. Of several pages with the
// same bytes the order of URLs decides.
func (p *Pair) findMoved(ctx context.Context) error {
	return p.exec(ctx, newer, "looking for pages that moved",
		`CREATE TEMP TABLE moved(went INTEGER PRIMARY KEY, came INTEGER NOT NULL UNIQUE, old_url TEXT NOT NULL UNIQUE, new_url TEXT NOT NULL UNIQUE, why TEXT NOT NULL, known INTEGER)`, // known: of how many of the two URLs both crawls have a record
		`CREATE TEMP TABLE went AS SELECT f.nth, f.url, o.sha256, o.simhash, o.title, n.redirect
FROM fates AS f CROSS JOIN old.pages AS o ON o.id = f.old LEFT JOIN new.pages AS n ON n.id = f.new
WHERE (f.kind = 'gone' OR f.kind = 'changed' AND n.redirect IS NOT NULL) AND `+of("o", isRead),
		`CREATE TEMP TABLE came AS SELECT f.nth, f.url, n.sha256, n.simhash, n.title FROM fates AS f CROSS JOIN new.pages AS n ON n.id = f.new WHERE f.kind = 'new' AND `+of("n", isRead),
		`CREATE INDEX temp.came_url ON came(url)`,
		`INSERT OR IGNORE INTO moved(went, came, old_url, new_url, why) SELECT w.nth, c.nth, w.url, c.url, 'redirected' FROM went AS w JOIN came AS c ON c.url = w.redirect
WHERE c.sha256 = w.sha256 OR c.title = w.title AND bits_apart(c.simhash, w.simhash) <= `+nearlySame+` ORDER BY w.url`,
		`INSERT OR IGNORE INTO moved(went, came, old_url, new_url, why) SELECT w.nth, c.nth, w.url, c.url, 'same' FROM
  (SELECT nth, url, sha256, row_number() OVER (PARTITION BY sha256 ORDER BY url) AS turn FROM went WHERE nth NOT IN (SELECT went FROM moved)) AS w JOIN
  (SELECT nth, url, sha256, row_number() OVER (PARTITION BY sha256 ORDER BY url) AS turn FROM came WHERE nth NOT IN (SELECT came FROM moved)) AS c USING (sha256, turn)`,
		`INSERT OR IGNORE INTO moved(went, came, old_url, new_url, why) SELECT w.nth, c.nth, w.url, c.url, 'same' FROM
  (SELECT nth, url, simhash, title, count(*) OVER (PARTITION BY simhash, title) AS of FROM went WHERE title IS NOT NULL AND nth NOT IN (SELECT went FROM moved)) AS w JOIN
  (SELECT nth, url, simhash, title, count(*) OVER (PARTITION BY simhash, title) AS of FROM came WHERE title IS NOT NULL AND nth NOT IN (SELECT came FROM moved)) AS c USING (simhash, title)
WHERE w.of = 1 AND c.of = 1`,
		`UPDATE moved SET known = (SELECT count(*) FROM fates WHERE nth IN (went, came) AND old IS NOT NULL AND new IS NOT NULL)`,
		`UPDATE fates SET kind = 'moved', old = w.old, why = m.why FROM moved AS m JOIN fates AS w ON w.nth = m.went WHERE fates.nth = m.came`,
		`DELETE FROM fates WHERE nth IN (SELECT went FROM moved)`,
		`DROP TABLE went`,
		`DROP TABLE came`,
	)
}

// bits_apart is in how many bits two hashes of texts differ; NULL if there are no two.
func init() {
	sqlite.MustRegisterDeterministicScalarFunction("bits_apart", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		var hash [2]uint64
		for i, v := range args {
			s, ok := v.(string)
			if !ok {
				return nil, nil
			}
			var err error
			if hash[i], err = strconv.ParseUint(s, 16, 64); err != nil {
				return nil, nil
			}
		}
		return int64(bits.OnesCount64(hash[0] ^ hash[1])), nil
	})
}
