package report

import (
	"cmp"
	"database/sql"
	"fmt"
	"strings"

	"amble/crawler/report/look"
)

// A class of a histogram: what is less than below, and not in an earlier one. The last has none.
type class struct {
	name  string
	below float64
}

var timeClasses = []class{{"< 50 ms", 50}, {"50–100 ms", 100}, {"100–200 ms", 200}, {"200–500 ms", 500}, {"0.5–1 s", 1000},
	{"1–2 s", 2000}, {"2–5 s", 5000}, {"5 s and more", 0}}

var sizeClasses = []class{{"empty", 1}, {"< 1 KiB", 1 << 10}, {"1–10 KiB", 10 << 10}, {"10–50 KiB", 50 << 10}, {"50–100 KiB", 100 << 10},
	{"100–500 KiB", 500 << 10}, {"0.5–1 MiB", 1 << 20}, {"1–5 MiB", 5 << 20}, {"5 MiB and more", 0}}

// classOf is the SQL that gives the number of the class of a column.
func classOf(column string, classes []class) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i, c := range classes[:len(classes)-1] {
		fmt.Fprintf(&b, " WHEN %s < %g THEN %d", column, c.below, i)
	}
	fmt.Fprintf(&b, " ELSE %d END", len(classes)-1)
	return b.String()
}

// depthsMost and typesMost are how many bars charts of them have.
const (
	depthsMost = 15
	typesMost  = 10
)

func (r *report) charts() error {
	depth := look.Bars{ID: "depth", Title: "Pages by depth (clicks from the start)", Group: "Depth", What: "Pages"}
	err := r.each("SELECT depth, count(*) FROM pages GROUP BY depth ORDER BY depth", func(rows *sql.Rows) error {
		var d, n int64
		err := rows.Scan(&d, &n)
		if len(depth.Bars) > depthsMost {
			last := &depth.Bars[depthsMost]
			last.Value += n
			if !strings.HasSuffix(last.Name, "more") {
				last.Name += " and more"
			}
			return err
		}
		depth.Bars = append(depth.Bars, look.Bar{Name: fmt.Sprint(d), Value: n})
		return err
	})
	if err != nil {
		return err
	}
	status, err := r.statusChart()
	if err != nil {
		return err
	}
	types := look.Bars{ID: "types", Title: "Pages by type", Group: "Type", What: "Pages"}
	if err := r.each("SELECT coalesce(content_type, 'unknown'), count(*) AS n FROM pages WHERE status BETWEEN 200 AND 299 GROUP BY 1 ORDER BY n DESC, 1", func(rows *sql.Rows) error {
		var name string
		var n int64
		err := rows.Scan(&name, &n)
		if len(types.Bars) > typesMost {
			types.Bars[typesMost] = look.Bar{Name: "others", Value: types.Bars[typesMost].Value + n}
			return err
		}
		types.Bars = append(types.Bars, look.Bar{Name: name, Value: n})
		return err
	}); err != nil {
		return err
	}
	sizes, err := r.histogram(look.Bars{ID: "sizes", Title: "Pages by size", Group: "Size", What: "Pages"}, "bytes", "status BETWEEN 200 AND 299", sizeClasses, 6)
	if err != nil {
		return err
	}
	times, err := r.histogram(look.Bars{ID: "times", Title: "Pages by response time", Group: "Time", What: "Pages"}, "duration_ms", "duration_ms IS NOT NULL AND status IS NOT NULL", timeClasses, 5)
	r.Charts = []look.Bars{depth, status, types, sizes, times}
	return err
}

// histogram counts by class; those from slow on are marked.
func (r *report) histogram(b look.Bars, column, where string, classes []class, slow int) (look.Bars, error) {
	counts := make([]int64, len(classes))
	err := r.each("SELECT "+classOf(column, classes)+" AS c, count(*) FROM pages WHERE "+where+" GROUP BY c", func(rows *sql.Rows) error {
		var c int
		var n int64
		err := rows.Scan(&c, &n)
		counts[c] = n
		return err
	})
	for i, n := range counts {
		kind := ""
		if i >= slow {
			kind = look.Warn
		}
		b.Bars = append(b.Bars, look.Bar{Name: classes[i].name, Value: n, Kind: kind})
	}
	return b, err
}

func (r *report) statusChart() (look.Bars, error) {
	b := look.Bars{ID: "status", Title: "Pages by status", Group: "Status", What: "Pages"}
	err := r.each("SELECT status, CASE WHEN status IS NULL THEN coalesce(error_class, 'none') END AS class, count(*) AS n FROM pages GROUP BY 1, 2 ORDER BY status IS NULL, status, n DESC, class", func(rows *sql.Rows) error {
		var status sql.NullInt64
		var name string
		var n int64
		if err := rows.Scan(&status, null{&name}, &n); err != nil {
			return err
		}
		kind := look.Bad
		switch s := status.Int64; {
		case s >= 200 && s < 300:
			kind = look.Good
		case s >= 300 && s < 400:
			kind = ""
		case !status.Valid && (name == "robots" || name == "private" || name == "trap"):
			kind = look.Warn
		}
		b.Bars = append(b.Bars, look.Bar{Name: cmp.Or(classNames[name], name, fmt.Sprint(status.Int64)), Value: n, Kind: kind})
		return nil
	})
	return b, err
}

// classNames are short names of what comes in the place of a status.
var classNames = map[string]string{"robots": "robots.txt forbids", "private": "private network", "trap": "held back: trap", "dns": "no such host",
	"refused": "refused", "timeout": "timeout", "reset": "connection broke", "network": "network", "tls": "TLS", "protocol": "no valid HTTP"}
