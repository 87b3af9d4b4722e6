package crawlertest

import (
	"fmt"
	"strconv"
	"strings"
)

// A maze is a web of any size whose pages are computed from their numbers. Page n links to its three children in a
// ternary tree (3n+1, 3n+2, 3n+3) if there are such pages, so that every page can be reached from page 0, and to pages
// that a hash of n chooses, ten links in all. Page 0 is "/", page n is "/p/n"; with several hosts, page n lives on the host n modulo their number.
const (
	mazeTree  = 3
	mazeLinks = 10
	mazeWords = 60 // of running text, so that a page has the weight of a small real one
)

// maze computes pages. Its cost is a few microseconds and one allocation a page: it must never be what a benchmark of
// a crawler measures.
type maze struct {
	pages int
	hosts []string // empty: one host, links without one
	host  int      // the number of the host that this part answers for
}

// Maze makes a maze of so many pages, 1 or more, over so many hosts: maze.test for one, maze-0.test, maze-1.test and
// so on for more, each a registrable domain of its own. Its seed is page 0.
func Maze(pages, hosts int) (*Site, error) {
	names := []string{"maze.test"}
	if hosts != 1 {
		names = nil
		for i := range hosts {
			names = append(names, fmt.Sprintf("maze-%d.test", i))
		}
	}
	if pages < 1 || hosts < 1 {
		return nil, fmt.Errorf("a maze of %d pages on %d hosts: want at least one of each", pages, hosts)
	}
	s := &Site{
		Name:   "maze",
		Proves: fmt.Sprintf("A maze of %d pages on %d hosts.", pages, hosts),
		Seeds:  []string{"http://" + names[0] + "/"},
		hosts:  make(map[string]*host),
	}
	for i, name := range names {
		m := &maze{pages: pages, host: i}
		if hosts > 1 {
			m.hosts = names
		}
		f := &file{host: name, path: "/*", status: 200, cut: -1, pages: m.page}
		f.header = map[string]string{"Content-Type": "text/html; charset=utf-8"}
		if err := s.add(f); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// parseMaze reads the arguments of "!generate maze".
func parseMaze(prefix string, args []string) (pages, error) {
	if len(args) != 1 || prefix != "/" {
		return nil, fmt.Errorf("want \"!generate maze PAGES\" in a file HOST/*")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 {
		return nil, fmt.Errorf("maze: want a number of pages from 1, got %q", args[0])
	}
	return (&maze{pages: n}).page, nil
}

// page is the page at a path without its leading slash, nil if there is none.
func (m *maze) page(_, rest, _ string) (page []byte, redirect string) {
	n := 0
	if rest != "" {
		number, ok := strings.CutPrefix(rest, "p/")
		var err error
		if n, err = strconv.Atoi(number); !ok || err != nil || n < 1 || n >= m.pages || number[0] == '0' || number[0] == '+' {
			return nil, ""
		}
	}
	if len(m.hosts) > 0 && n%len(m.hosts) != m.host {
		return nil, ""
	}
	return m.render(make([]byte, 0, 1536), n), ""
}

func (m *maze) render(b []byte, n int) []byte {
	h := mix(uint64(n))
	b = append(b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Room "...)
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, ", the "...)
	b = append(b, word(h)...)
	b = append(b, " one</title>\n<meta name=\"description\" content=\"A room of the maze.\"></head>\n<body>\n<p>"...)
	for i := range mazeWords {
		b = append(b, proseWords[(int(h%61)+i)%len(proseWords)]...)
		b = append(b, ' ')
	}
	b = append(b, "</p>\n<ul>\n"...)
	for i := range mazeLinks {
		to := mazeTree*n + 1 + i
		if i >= mazeTree || to >= m.pages {
			h = mix(h)
			to = int(h % uint64(m.pages))
		}
		b = m.link(b, to)
	}
	return append(b, "</ul>\n</body></html>\n"...)
}

func (m *maze) link(b []byte, to int) []byte {
	b = append(b, `<li><a href="`...)
	if len(m.hosts) > 0 {
		b = append(b, "http://"...)
		b = append(b, m.hosts[to%len(m.hosts)]...)
	}
	b = append(b, '/')
	if to > 0 {
		b = append(b, "p/"...)
		b = strconv.AppendInt(b, int64(to), 10)
	}
	b = append(b, `">the `...)
	b = append(b, word(mix(uint64(to)))...)
	b = append(b, " room "...)
	b = strconv.AppendInt(b, int64(to), 10)
	return append(b, "</a></li>\n"...)
}

func word(h uint64) string { return proseWords[h>>32%uint64(len(proseWords))] }

// mix is the finaliser of splitmix64: one to one, and every bit of x moves every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
