package crawlertest

import (
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Node is one page of a graph.
type Node struct {
	Links    []string      // href values, relative or absolute, written as they are but for HTML escapes
	Redirect string        // if not empty: a 302 to this Location, and Links is not used
	Status   int           // 0 means 200, or 302 for a redirect
	Delay    time.Duration // before the answer; 0 means none
}

// NewGraph makes a site from pages by their absolute URLs, http://HOST.test/PATH without port and fragment. The title
// of a page is its URL. There is no robots.txt unless the graph has it, which answers 404. The site has no seeds:
// set Seeds if they are needed.
func NewGraph(name string, nodes map[string]Node) (*Site, error) {
	s := &Site{Name: name, Proves: "A graph made by a program.", hosts: make(map[string]*host)}
	for _, at := range slices.Sorted(maps.Keys(nodes)) {
		f, err := nodes[at].file(at)
		if err == nil {
			err = s.add(f)
		}
		if err == nil {
			err = f.build()
		}
		if err != nil {
			return nil, fmt.Errorf("graph %s: page %s: %w", name, at, err)
		}
	}
	return s, nil
}

func (n Node) file(at string) (*file, error) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	if err := checkHost(u.Host); err != nil {
		return nil, err
	}
	if u.Scheme != "http" || u.Fragment != "" || u.User != nil || strings.HasSuffix(u.Path, "/*") {
		return nil, fmt.Errorf("want http://HOST.test/PATH")
	}
	f := &file{host: u.Host, path: u.Path, status: 200, header: make(map[string]string), cut: -1, delay: n.Delay}
	if f.path == "" {
		f.path = "/"
	}
	if u.RawQuery != "" {
		f.path += "?" + u.RawQuery
	}
	f.header["Content-Type"] = "text/html; charset=utf-8"
	switch {
	case n.Redirect != "":
		f.status, f.header["Location"] = 302, n.Redirect
	default:
		var b strings.Builder
		fmt.Fprintf(&b, "<!DOCTYPE html>\n<title>%s</title>\n", html.EscapeString(at))
		for _, href := range n.Links {
			fmt.Fprintf(&b, "<a href=\"%s\">%[1]s</a>\n", html.EscapeString(href))
		}
		f.text = b.String()
	}
	if n.Status != 0 {
		f.status = n.Status
	}
	return f, nil
}
