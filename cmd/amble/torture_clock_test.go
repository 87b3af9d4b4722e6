//go:build unix

package main

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

var isoTime = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

// shift moves all times in a crawl file, as if the clock had gone the other way since they were written: ISO 8601 text wherever it
// stands, and numbers that can be nothing but a time of today in seconds, milliseconds, microseconds or nanoseconds.
func (o *ordeal) shift(by time.Duration) {
	o.t.Helper()
	db, err := sql.Open("sqlite", o.file)
	if err != nil {
		o.t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	moved := 0
	for _, table := range column(o, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
		for _, name := range column(o, db, "SELECT name FROM pragma_table_info('"+table+"')") {
			if table == "pages" && name != "fetched_at" {
				continue // what pages say is theirs
			}
			for _, old := range column(o, db, fmt.Sprintf("SELECT DISTINCT CAST(%q AS TEXT) FROM %q WHERE %[1]q IS NOT NULL", name, table)) {
				if fresh := shifted(old, by); fresh != old {
					// Whether it was text or a number, SQLite gives it back to the column as what it was.
					if _, err := db.Exec(fmt.Sprintf("UPDATE %q SET %q = CASE typeof(%[2]q) WHEN 'integer' THEN CAST(?1 AS INTEGER) WHEN 'real' THEN CAST(?1 AS REAL) ELSE ?1 END WHERE CAST(%[2]q AS TEXT) = ?2", table, name), fresh, old); err != nil {
						o.t.Fatal(err)
					}
					moved++
				}
			}
		}
	}
	if moved == 0 {
		o.t.Fatal("there are no times in the crawl file")
	}
}

// shifted is a value with the times in it moved.
func shifted(value string, by time.Duration) string {
	value = isoTime.ReplaceAllStringFunc(value, func(s string) string {
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || time.Since(at).Abs() > 30*24*time.Hour {
			return s
		}
		layout := "2006-01-02T15:04:05Z"
		if _, fraction, ok := strings.Cut(s, "."); ok {
			layout = "2006-01-02T15:04:05." + strings.Repeat("0", len(fraction)-1) + "Z"
		}
		return at.Add(by).Format(layout)
	})
	var n int64
	if _, err := fmt.Sscanf(value, "%d", &n); err != nil || fmt.Sprint(n) != value {
		return value
	}
	for unit := time.Nanosecond; unit <= time.Second; unit *= 1000 {
		if at := time.Unix(0, 0).Add(time.Duration(n) * unit); n > 1e9 && n < 1<<62/int64(unit) && time.Since(at).Abs() < 30*24*time.Hour {
			return fmt.Sprint(n + int64(by/unit))
		}
	}
	return value
}

func TestShiftedMovesTimesAndNothingElse(t *testing.T) {
	now := time.Now().Truncate(time.Millisecond).UTC()
	later := now.Add(time.Hour)
	const iso = "2006-01-02T15:04:05.000Z"
	for old, want := range map[string]string{
		now.Format(iso): later.Format(iso),
		`{"at":"` + now.Format(iso) + `","n":12}`: `{"at":"` + later.Format(iso) + `","n":12}`,
		fmt.Sprint(now.Unix()):                    fmt.Sprint(later.Unix()),
		fmt.Sprint(now.UnixMilli()):               fmt.Sprint(later.UnixMilli()),
		fmt.Sprint(now.UnixNano()):                fmt.Sprint(later.UnixNano()),
		"3600":                                    "3600", "-7": "-7", "18446744073709551615": "18446744073709551615", "1999-01-01T00:00:00Z": "1999-01-01T00:00:00Z", "": "",
	} {
		if got := shifted(old, time.Hour); got != want {
			t.Errorf("%s became %s, want %s", old, got, want)
		}
	}
}

// TestTortureClockSetBack: a crawl file whose times lie in the future, or long ago, is gone on with at once and ends the same. Only a clock
// that went forward may make robots.txt expire.
func TestTortureClockSetBack(t *testing.T) {
	needTorture(t)
	site := maze(t, 40, 4, "--rate", "10")
	want := undisturbedCrawl(t, maze(t, 40, 4))
	for name, by := range map[string]time.Duration{"back": 7 * time.Hour, "forward": -49 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOrdeal(t, site)
			c := o.crawl()
			o.await(c, 0, moment{want.total / 2, 0})
			c.kill()
			d := o.dead()
			if by < 0 {
				o.deaths[0].robots = nil
			}
			o.shift(by)
			if by < 0 {
				time.Sleep(100 * time.Millisecond) // for whoever goes by that clock, hours have passed
			}
			begun := time.Now()
			o.ended(o.resume())
			if took := time.Since(begun); took > time.Minute { // of some two seconds
				t.Errorf("the resumed crawl took %v", took)
			}
			if len(d.pending) == 0 {
				t.Error("the crawl was killed too late: nothing was left to do")
			}
			o.same(want)
			o.frugal(want, 64)
			o.paced(100 * time.Millisecond)
		})
	}
}
