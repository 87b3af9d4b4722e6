package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"amble/crawler"
	"amble/crawler/page"
)

// summary says how a crawl ended, for a person.
func summary(s crawler.Stats, domains []string, since, file string, outputs []string) string {
	var b strings.Builder
	line := func(label, format string, args ...any) {
		fmt.Fprintf(&b, "%-11s %s\n", label, fmt.Sprintf(format, args...))
	}
	pages := fmt.Sprintf("%s in %s", count(s.Pages, "page"), short(s.Elapsed))
	if s.Earlier > 0 {
		pages = fmt.Sprintf("%s, %s of them in this run of %s", count(s.Pages, "page"), thousands(int64(s.Pages-s.Earlier)), short(s.Elapsed))
	}
	switch s.End {
	case crawler.Complete:
		line("Done", "%s", pages)
	case crawler.Limited:
		line("Limited", "%s: %s", pages, s.Reason)
		if s.Earlier > 0 && s.Pages == s.Earlier && strings.HasPrefix(s.Reason, "the limit of ") {
			line("", "limits of pages and bytes count all runs: to go on, give a higher one, or 0 for none")
		}
	case crawler.Interrupted:
		line("Interrupted", "%s", pages)
	default:
		line("Failed", "%s: %s", pages, s.Reason)
	}
	line("Requests", "%s, %s read%s", thousands(int64(s.Requests)), bytesize(s.Bytes), retries(s.Retries))
	if len(s.ByStatus) > 0 {
		var parts []string
		for _, status := range slices.Sorted(maps.Keys(s.ByStatus)) {
			parts = append(parts, fmt.Sprintf("%d × %s", status, thousands(int64(s.ByStatus[status]))))
		}
		line("Status", "%s", strings.Join(parts, ", "))
	}
	if s.Failed > 0 {
		var parts []string
		for _, class := range slices.Sorted(maps.Keys(s.ByClass)) {
			if e := (page.Error{Class: class}); !e.HeldBack() {
				parts = append(parts, fmt.Sprintf("%s × %s", class, thousands(int64(s.ByClass[class]))))
			}
		}
		line("Failed", "%s: %s", count(s.Failed, "page"), strings.Join(parts, ", "))
		if s.Checked == 0 { // or it is said there
			line("", "amble links tells which, and where they are linked")
		}
	}
	if s.Disallowed > 0 {
		line("Disallowed", "%s by robots.txt", count(s.Disallowed, "page"))
	}
	for i, reason := range heldBack(s) {
		label := ""
		if i == 0 {
			label = "Held back"
		}
		line(label, "%s", reason)
	}
	if s.Duplicates > 0 {
		line("Duplicates", "%s, whose links were left alone", count(s.Duplicates, "page"))
	}
	if s.Truncated > 0 {
		line("Cut off", "%s longer than --max-body, or with more links than --max-links: read up to there", count(s.Truncated, "page"))
	}
	if found := fieldsFound(s); found != "" {
		line("Fields", "%s", found)
	}
	if since != "" {
		line("Since", "%s: %s", oneLine(filepath.Base(since)), changes(s))
	}
	if s.Checked > 0 {
		line("Checked", "%s besides the pages: amble links tells what is broken", count(s.Checked, "URL"))
	}
	if len(domains) > 0 {
		line("Domains", "%s", strings.Join(domainLines(domains), "\n"+strings.Repeat(" ", 12)))
	}
	for i, p := range s.Slowest {
		label := ""
		if i == 0 {
			label = "Slowest"
		}
		line(label, "%s %s", short(p.Duration), p.URL)
	}
	line("Crawl file", "%s", file)
	for i, out := range outputs {
		label := ""
		if i == 0 {
			label = "Output"
		}
		line(label, "%s", out)
	}
	return b.String()
}

// heldBack are the reasons why URLs were held back, with their numbers.
func heldBack(s crawler.Stats) (lines []string) {
	for _, text := range slices.Sorted(maps.Keys(s.HeldBack)) {
		lines = append(lines, fmt.Sprintf("%s: %s", count(s.HeldBack[text], "URL"), text))
	}
	if n := s.ByClass[page.Private]; n > 0 {
		lines = append(lines, fmt.Sprintf("%s: in private networks (--allow-private)", count(n, "URL")))
	}
	return lines
}

// domainsShown is how many domains the summary names.
const domainsShown = 20

// domainLines are the first domains, a few to a line, and how many more there are.
func domainLines(domains []string) []string {
	shown := domains[:min(len(domains), domainsShown)]
	lines := []string{""}
	add := func(s, sep string) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = s
		case len(*last)+len(s) > 88:
			*last += sep
			lines = append(lines, s)
		default:
			*last += sep + " " + s
		}
	}
	for _, d := range shown {
		add(d, ",")
	}
	if more := len(domains) - len(shown); more > 0 {
		add("and "+thousands(int64(more))+" more", "")
	}
	lines[0] = strconv.Itoa(len(domains)) + ": " + lines[0]
	return lines
}

func retries(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return ", 1 retry"
	}
	return ", " + thousands(int64(n)) + " retries"
}

func bytesize(n int64) string {
	const units = "KMGTP"
	if n < 1024 {
		return count(int(n), "byte")
	}
	v, i := float64(n)/1024, 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return fmt.Sprintf("%.1f %ciB", v, units[i])
}
