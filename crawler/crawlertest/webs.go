package crawlertest

import (
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// redirects is a chain: 0 redirects to 1, that to 2, and so on up to a page, or for ever.
func redirects(prefix string, args []string) (pages, error) {
	most := -1
	if len(args) == 1 && args[0] != "endless" {
		most, _ = strconv.Atoi(args[0])
	}
	if len(args) != 1 || most == 0 || most < -1 {
		return nil, fmt.Errorf("redirects: want a number from 1, or endless")
	}
	return func(_, rest, _ string) ([]byte, string) {
		n, ok := number(rest)
		switch {
		case !ok || most >= 0 && n > most:
			return nil, ""
		case n == most:
			return trapPage(fmt.Sprintf("The end of %d redirects", n), nil)
		}
		return nil, prefix + strconv.Itoa(n+1)
	}, nil
}

// number reads a path that is a number in its shortest form, or empty for 0.
func number(rest string) (int, bool) {
	if rest == "" {
		return 0, true
	}
	n, err := strconv.Atoi(rest)
	return n, err == nil && n >= 0 && strconv.Itoa(n) == rest
}

// links is a page with so many links, to as many pages or, with "to", to fewer. They are written as short as can be, in
// elements that are never closed.
func links(_ string, args []string) (pages, error) {
	n, to := 0, 0
	if len(args) == 1 || len(args) == 3 && args[1] == "to" {
		n, _ = strconv.Atoi(args[0])
		to, _ = strconv.Atoi(args[len(args)-1])
	}
	if n < 1 || to < 1 || n > 5_000_000 {
		return nil, fmt.Errorf("links: want a number from 1 to 5000000, then nothing or \"to\" and the number of pages")
	}
	return func(_, rest, _ string) ([]byte, string) {
		if rest != "" {
			at, ok := number(rest)
			if !ok || at >= to {
				return nil, ""
			}
			return trapPage("One of many, number "+rest, nil)
		}
		b := fmt.Appendf(make([]byte, 0, 64+n*(10+len(args[0]))), "<!DOCTYPE html>\n<title>%d links</title>\n", n)
		for i := range n {
			b = append(b, "<a href="...)
			b = strconv.AppendInt(b, int64(i%to), 10)
			b = append(b, ">\n"...)
		}
		return b, ""
	}, nil
}

// facetNames and facetValues are what the shop of facets can be narrowed down by.
var (
	facetNames  = []string{"colour", "size", "brand", "sort"}
	facetValues = [][]string{{"red", "green"}, {"s", "l"}, {"oak", "elm"}, {"price", "name"}}
)

// facets is a shop with faceted navigation: each page links to itself narrowed down by one more parameter, written
// behind those that there are, so that every combination has an address for every order of its parts.
func facets(prefix string, args []string) (pages, error) {
	if len(args) > 0 {
		return nil, fmt.Errorf("facets takes no arguments")
	}
	return func(_, rest, query string) ([]byte, string) {
		chosen, err := url.ParseQuery(query)
		if rest != "" || err != nil {
			return nil, ""
		}
		links := []string{prefix, "all goods"}
		for i, name := range facetNames {
			if chosen.Has(name) {
				continue
			}
			for _, value := range facetValues[i] {
				more := name + "=" + value
				links = append(links, prefix+"?"+strings.TrimPrefix(query+"&"+more, "&"), more)
			}
		}
		return trapPage("Goods, "+chosen.Encode(), links) // Encode sorts: the order of the query does not show
	}, nil
}

// apology is text that one page shares with all others of its kind.
var apology = strings.Join(proseWords, " ")

// soft404 is a server that says 200 and nearly the same of every path, robots.txt included, and links on from there.
func soft404(_ string, args []string) (pages, error) {
	if len(args) > 0 {
		return nil, fmt.Errorf("soft404 takes no arguments")
	}
	return func(_, rest, _ string) ([]byte, string) {
		b, _ := trapPage("We could not find what you are looking for", []string{"help/", "Help", "news/", "News"})
		return fmt.Appendf(b, "<p>There is no /%s here. %s</p>\n", html.EscapeString(rest), apology), ""
	}, nil
}

// grow links to itself under a name four times as long, from 64 letters on.
func grow(prefix string, args []string) (pages, error) {
	const first, factor, most = 64, 4, 1 << 20
	if len(args) > 0 {
		return nil, fmt.Errorf("grow takes no arguments")
	}
	return func(_, rest, _ string) ([]byte, string) {
		if strings.Trim(rest, "g") != "" || len(rest) > most {
			return nil, ""
		}
		next := max(first, factor*len(rest))
		return trapPage(fmt.Sprintf("A name of %d letters", len(rest)), []string{
			prefix + strings.Repeat("g", next), fmt.Sprintf("%d letters", next),
		})
	}, nil
}

// deep links to paths of 8, 16, 32 and so on segments, none like the one before it, and has a page at each directory.
func deep(prefix string, args []string) (pages, error) {
	const most = 256
	if len(args) > 0 {
		return nil, fmt.Errorf("deep takes no arguments")
	}
	return func(_, rest, _ string) ([]byte, string) {
		if rest != "" && !strings.HasSuffix(rest, "/") {
			return nil, ""
		}
		var links []string
		if rest == "" {
			for n := 8; n <= most; n *= 2 {
				var path strings.Builder
				path.WriteString(prefix)
				for i := range n {
					fmt.Fprintf(&path, "%d/", i)
				}
				links = append(links, path.String(), fmt.Sprintf("%d levels down", n))
			}
		}
		return trapPage(fmt.Sprintf("Level %d", strings.Count(rest, "/")), links)
	}, nil
}

// hosts links to hosts of a domain without end: from each page to two that a hash chooses, and to one below its own.
func hosts(_ string, args []string) (pages, error) {
	if len(args) != 1 || checkHost(args[0]) != nil {
		return nil, fmt.Errorf("hosts: want a domain that ends in .test")
	}
	domain := args[0]
	return func(host, rest, _ string) ([]byte, string) {
		if rest != "" {
			return nil, ""
		}
		h := hash(host)
		var links []string
		for range 2 {
			h = mix(h)
			to := strconv.FormatUint(h>>40, 36) + "." + domain
			links = append(links, "http://"+to+"/", to)
		}
		if len(host) < 200 {
			links = append(links, "http://a."+host+"/", "a."+host)
		}
		return trapPage("Welcome to "+host, links)
	}, nil
}

// visits are pages that differ in nothing but a date and a counter, each with links to two more.
func visits(prefix string, args []string) (pages, error) {
	if len(args) > 0 {
		return nil, fmt.Errorf("visits takes no arguments")
	}
	return func(_, rest, _ string) ([]byte, string) {
		n, ok := number(rest)
		if !ok || n > 1<<40 {
			return nil, ""
		}
		h := mix(uint64(n))
		b, _ := trapPage("The river walk", slices.Concat(
			[]string{prefix + strconv.Itoa(2*n+1), "a walk"}, []string{prefix + strconv.Itoa(2*n+2), "another walk"}))
		return fmt.Appendf(b, "<p>%s</p>\n<p>It is the %d. of May, and you are visitor number %d.</p>\n", apology, h%30+1, h>>48), ""
	}, nil
}
