package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Run is one run of one crawler over one site.
type Run struct {
	Cost
	Tally
}

// figure is a column: what it is of a run, and how many decimals are worth reading.
type figure struct {
	name     string
	of       func(Run) float64
	decimals int
}

func cpuPerPage(r Run) float64 {
	return float64(r.CPU) / float64(time.Millisecond) / float64(max(1, r.Distinct))
}
func pagesPerSecond(r Run) float64 {
	return float64(r.Distinct) / max(r.Wall.Seconds(), 1e-9)
}

var figures = []figure{
	{"distinct pages", func(r Run) float64 { return float64(r.Distinct) }, 0},
	{"duplicates", func(r Run) float64 { return float64(r.Duplicates) }, 0},
	{"wall s", func(r Run) float64 { return r.Wall.Seconds() }, 2},
	{"CPU ms/page", cpuPerPage, 3},
	{"peak MB", func(r Run) float64 { return float64(r.RSS) / 1e6 }, 1},
	{"pages/s", pagesPerSecond, 0},
}

// spread is the median of values with the least and the greatest.
func spread(values []float64) (median, least, most float64) {
	if len(values) == 0 {
		return 0, 0, 0
	}
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2, v[0], v[n-1]
}

func cell(values []float64, decimals int) string {
	text := func(f float64) string { return strconv.FormatFloat(f, 'f', decimals, 64) }
	median, least, most := spread(values)
	if text(least) == text(most) {
		return text(median)
	}
	return fmt.Sprintf("%s (%s–%s)", text(median), text(least), text(most))
}

// ratios divides the figures of two crawlers round by round, so that what disturbed a whole round cancels out.
func ratios(a, b []Run, of func(Run) float64) []float64 {
	var r []float64
	for i := range min(len(a), len(b)) {
		if d := of(b[i]); d > 0 {
			r = append(r, of(a[i])/d)
		}
	}
	return r
}

// writeTable writes one site's table as Markdown: medians, with least and greatest where they differ.
func writeTable(w io.Writer, names []string, runs map[string][]Run) {
	fmt.Fprint(w, "| crawler |")
	for _, f := range figures {
		fmt.Fprintf(w, " %s |", f.name)
	}
	fmt.Fprintln(w, " CPU/page ÷ amble's | pages/s ÷ amble's |")
	fmt.Fprintln(w, "|"+strings.Repeat("---|", len(figures)+3))
	for _, name := range names {
		if len(runs[name]) == 0 {
			continue
		}
		fmt.Fprintf(w, "| %s |", name)
		for _, f := range figures {
			var values []float64
			for _, r := range runs[name] {
				values = append(values, f.of(r))
			}
			fmt.Fprintf(w, " %s |", cell(values, f.decimals))
		}
		fmt.Fprintf(w, " %s | %s |\n", cell(ratios(runs[name], runs["amble"], cpuPerPage), 2), cell(ratios(runs[name], runs["amble"], pagesPerSecond), 2))
	}
}

// writeDifferences says whether all runs fetched the same pages, and if not, which are missing where.
func writeDifferences(w io.Writer, names []string, runs map[string][]Run, p *Pages) {
	equal := true
	for _, name := range names {
		for round, r := range runs[name] {
			m := p.Missing(r.Tally)
			if len(m) == 0 {
				continue
			}
			equal = false
			fmt.Fprintf(w, "- %s, round %d: %d of %d pages not fetched: %s\n", name, round+1, len(m), len(p.urls), strings.Join(m[:min(3, len(m))], " "))
			if r.Late {
				fmt.Fprintf(w, "  (it was ended at the limit of time)\n")
			}
			break // the other rounds say much the same; the table has the span
		}
	}
	if equal {
		fmt.Fprintf(w, "All fetched the same %d pages.\n", len(p.urls))
	}
}
