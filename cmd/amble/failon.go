package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"amble/crawler"
	"amble/crawler/page"
)

// failures reads --fail-on: a function that says what of a crawl's statistics was asked to fail it, "" if nothing.
func (o *options) failures() (func(crawler.Stats) string, error) {
	for _, f := range o.FailOn {
		status, err := strconv.Atoi(f)
		if _, change := failedChange(crawler.Stats{}, f); change {
			continue
		}
		if f == failBroken {
			continue // judged by the crawl file
		}
		if f != "any" && !slices.Contains(page.Classes, page.Class(f)) && (err != nil || status < 100 || status > 599) {
			return nil, usage("--fail-on %q: use any, a status such as 404, broken, one of %s, or with --since one of %s", f, join(page.Classes), join(comparisons))
		}
	}
	return func(s crawler.Stats) string {
		for _, f := range o.FailOn {
			if f == failBroken {
				continue
			}
			if text, change := failedChange(s, f); text != "" {
				return fmt.Sprintf("%s, as --fail-on %s asks to tell", text, f)
			} else if change {
				continue
			}
			n := s.ByClass[page.Class(f)]
			if status, err := strconv.Atoi(f); err == nil {
				n = s.ByStatus[status]
			}
			if f == "any" {
				n = s.Failed
			}
			if n > 0 {
				return fmt.Sprintf("%s failed, as --fail-on %s asks to tell", count(n, "page"), f)
			}
		}
		return ""
	}, nil
}

func join[T ~string](list []T) string {
	s := make([]string, len(list))
	for i, v := range list {
		s[i] = string(v)
	}
	return strings.Join(s, ", ")
}

// count is a number with its noun: "1 page", "1,200 pages".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(int64(n)) + " " + noun + "s"
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
