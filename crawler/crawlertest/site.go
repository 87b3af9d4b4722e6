package crawlertest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"amble/testdata/sites"
)

// ErrNoSite is wrapped by the error of [Lookup] for a name that no bundled site has.
var ErrNoSite = errors.New("no such site")

// Site is a small web: hosts with pages, and how to crawl them. It is immutable but for its exported fields, which
// are the caller's own, and may be served any number of times at once.
type Site struct {
	Name   string   // of a bundled site: the file's name without ".txtar"
	Proves string   // one sentence: what a crawl of it proves
	Seeds  []string // absolute URLs to start from
	Args   []string // flags of "amble crawl" that suit the site, already split

	hosts map[string]*host // by name; "*.wild.test" is every host below wild.test without an entry of its own
}

// host is what one host name serves.
type host struct {
	files map[string]*file // by decoded path, or decoded path + "?" + raw query
	below []*file          // the files named ".../*", longest prefix first
}

// Sites returns the bundled sites in order of their names. The caller may change the exported fields.
func Sites() []*Site {
	var list []*Site
	for _, s := range bundled() {
		list = append(list, s.clone())
	}
	return list
}

// Lookup returns the bundled site of that name. Its error wraps [ErrNoSite] and lists the names that there are.
func Lookup(name string) (*Site, error) {
	var names []string
	for _, s := range bundled() {
		if s.Name == name {
			return s.clone(), nil
		}
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("%w: %q; there are %s", ErrNoSite, name, strings.Join(names, ", "))
}

// bundled parses the embedded archives once. A malformed one is a fault of this build, which its tests would have
// shown: hence the panic.
var bundled = sync.OnceValue(func() []*Site {
	entries, err := sites.FS.ReadDir(".") // sorted by name
	if err != nil {
		panic(err)
	}
	var list []*Site
	for _, e := range entries {
		data, err := sites.FS.ReadFile(e.Name())
		if err != nil {
			panic(err)
		}
		s, err := ParseSite(e.Name(), data)
		if err != nil {
			panic(err)
		}
		list = append(list, s)
	}
	return list
})

func (s *Site) clone() *Site {
	c := *s
	c.Seeds, c.Args = slices.Clone(s.Seeds), slices.Clone(s.Args)
	return &c
}

// Merge returns one site with the hosts and seeds of all the given ones, and without Args. It fails if two of them
// have a host in common.
func Merge(name string, all ...*Site) (*Site, error) {
	m := &Site{Name: name, Proves: "Several sites at once.", hosts: make(map[string]*host)}
	from := make(map[string]string)
	for _, s := range all {
		for h, files := range s.hosts {
			if other, ok := from[h]; ok {
				return nil, fmt.Errorf("merge sites: both %s and %s have the host %s", other, s.Name, h)
			}
			from[h], m.hosts[h] = s.Name, files
		}
		m.Seeds = append(m.Seeds, s.Seeds...)
	}
	return m, nil
}

// host returns the host of that name, or else the narrowest pattern that takes it; nil if there is neither.
func (s *Site) host(name string) *host {
	if h := s.hosts[name]; h != nil {
		return h
	}
	for {
		_, above, ok := strings.Cut(name, ".")
		if !ok {
			return nil
		}
		if h := s.hosts["*."+above]; h != nil {
			return h
		}
		name = above
	}
}

// Hosts returns the names of the site's hosts, sorted; a pattern such as *.wild.test is one of them.
func (s *Site) Hosts() []string { return slices.Sorted(maps.Keys(s.hosts)) }

// URLs returns the URLs of the site's files, sorted: a directory's for its index.html. Generated pages are not
// among them, nor are those of hosts that are patterns.
func (s *Site) URLs() []string {
	var urls []string
	for name, h := range s.hosts {
		for path := range h.files {
			if !strings.HasPrefix(name, "*") && !strings.HasSuffix(path, "/index.html") {
				urls = append(urls, "http://"+name+escapePath(path))
			}
		}
	}
	slices.Sort(urls)
	return urls
}

// Handler returns a handler for the site that has seen no request yet: each call begins the counts of !flaky anew. It
// answers by the Host header. See [Transport] for what becomes of resets and hangs without sockets.
func (s *Site) Handler() http.Handler { return newHandler(s) }

// add puts a file under its host, and an index.html under its directory too. It fails if the place is taken.
func (s *Site) add(f *file) error {
	h := s.hosts[f.host]
	if h == nil {
		h = &host{files: make(map[string]*file)}
		s.hosts[f.host] = h
	}
	if prefix, ok := strings.CutSuffix(f.path, "/*"); ok {
		f.prefix = prefix + "/"
		at, taken := slices.BinarySearchFunc(h.below, f, func(a, b *file) int {
			if d := len(b.prefix) - len(a.prefix); d != 0 {
				return d
			}
			return strings.Compare(a.prefix, b.prefix)
		})
		if taken {
			return fmt.Errorf("%s%s is here twice", f.host, f.path)
		}
		h.below = slices.Insert(h.below, at, f)
		return nil
	}
	places := []string{f.path}
	if dir, ok := strings.CutSuffix(f.path, "/index.html"); ok {
		places = append(places, dir+"/")
	}
	for _, p := range places {
		if h.files[p] != nil {
			return fmt.Errorf("%s%s is here twice", f.host, p)
		}
		h.files[p] = f
	}
	return nil
}

// find returns the file for a decoded path and a raw query. If there is none, but the path with a slash has one,
// slash is true.
func (h *host) find(path, query string) (f *file, slash bool) {
	if query != "" {
		if f := h.files[path+"?"+query]; f != nil {
			return f, false
		}
	}
	if f := h.files[path]; f != nil {
		return f, false
	}
	if h.files[path+"/"] != nil {
		return nil, true
	}
	for _, f := range h.below {
		if strings.HasPrefix(path, f.prefix) {
			return f, false
		}
	}
	return nil, false
}
