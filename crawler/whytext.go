package crawler

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// stepsShown is how many steps of a long path are printed at each of its ends.
const stepsShown = 10

// String is the explanation for people, several lines that end in a line end each.
func (x *Explanation) String() string {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(printable(fmt.Sprintf(format, args...)))
		b.WriteByte('\n')
	}
	line("%s", x.URL)
	line("%s", x.Summary)
	if len(x.Path) > 0 {
		clicks := 0
		for _, s := range x.Path {
			if s.Kind == "link" {
				clicks++
			}
		}
		line("")
		line("The shortest path to it has %s:", amount(clicks, "link", "links"))
		for i, s := range x.Path {
			if left := len(x.Path) - 2*stepsShown; left > 0 && i >= stepsShown && i < stepsShown+left {
				if i == stepsShown {
					line("  ... %s ...", amount(left, "step", "steps"))
				}
				continue
			}
			text := ""
			switch {
			case s.Kind == "sitemap":
				text = "  in " + s.Text
			case s.Text != "":
				text = fmt.Sprintf("  %q", clip(s.Text, 60))
			}
			line("  %-9s %s%s", s.Kind, s.URL, text)
		}
	}
	if len(x.Refused) > 0 {
		line("")
		line("What leads to it, and why that was not followed:")
		for _, r := range x.Refused {
			text := ""
			if r.Text != "" {
				text = fmt.Sprintf("  %q", clip(r.Text, 60))
			}
			line("  %s%s", r.From, text)
			line("    %s", r.Reason)
		}
		if more := x.Leading - len(x.Refused); more > 0 {
			line("  and %d more", more)
		}
	}
	if len(x.Near) > 0 {
		line("")
		line("The crawl knows %s:", amount(len(x.Near), "URL that hardly differs", "URLs that hardly differ"))
		for _, u := range x.Near {
			line("  %s", u)
		}
	}
	return b.String()
}

// printable is s without what could command a terminal or reorder the text around it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return '\uFFFD'
		}
		return r
	}, s)
}

// amount is a number with its noun.
func amount(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// tries says how many attempts were made.
func tries(n int) string {
	if n == 1 {
		return "at the first attempt"
	}
	return amount(n, "attempt", "attempts")
}

// rounded is d in a length fit for people.
func rounded(d time.Duration) time.Duration {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second)
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}
