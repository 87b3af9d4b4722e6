package crawler

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"amble/frontier/canon"
)

// Scope says which links belong to a crawl, seen from its seeds.
type Scope string

const (
	ScopeHost   Scope = "host"   // the hosts of the seeds, ports included, under http and https
	ScopeDomain Scope = "domain" // the registrable domains of the seeds with all their hosts
	ScopePrefix Scope = "prefix" // the folders of the seeds: the path up to its last slash, on the same host
	ScopeAny    Scope = "any"    // the whole web
)

func (s Scope) valid() bool {
	return slices.Contains([]Scope{ScopeHost, ScopeDomain, ScopePrefix, ScopeAny}, s)
}

// scope judges URLs. Seeds are in scope, and so is where a seed redirects to: who asks for http://example.com/ wants what
// stands at https://www.example.com/ too. It is safe for concurrent use.
type scope struct {
	kind             Scope
	include, exclude []*regexp.Regexp

	hosts map[string]struct{} // the seeds' schemes, hosts and ports: where credentials may go

	mu   sync.RWMutex
	keys map[string]struct{} // hosts, domains or prefixes
}

func newScope(c *Config, seeds []canon.URL) *scope {
	s := &scope{kind: c.Scope, include: c.Include, exclude: c.Exclude, keys: make(map[string]struct{}), hosts: make(map[string]struct{})}
	for _, u := range seeds {
		s.hosts[u.Origin()] = struct{}{}
		s.extend(u)
	}
	return s
}

// trusted reports whether u lies where the user's credentials may go: at the origin of a seed.
func (s *scope) trusted(u canon.URL) bool {
	_, ok := s.hosts[u.Origin()]
	return ok
}

// allows reports whether u belongs to the crawl.
func (s *scope) allows(u canon.URL) bool {
	if !s.within(u) {
		return false
	}
	matches := func(re *regexp.Regexp) bool { return re.MatchString(u.String()) }
	if len(s.include) > 0 && !slices.ContainsFunc(s.include, matches) {
		return false
	}
	return !slices.ContainsFunc(s.exclude, matches)
}

// excludes reports whether the user wants u left alone.
func (s *scope) excludes(u canon.URL) bool {
	return slices.ContainsFunc(s.exclude, func(re *regexp.Regexp) bool { return re.MatchString(u.String()) })
}

func (s *scope) within(u canon.URL) bool {
	if s.kind == ScopeAny {
		return true
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.kind != ScopePrefix {
		_, ok := s.keys[s.key(u)]
		return ok
	}
	for k := range s.keys {
		if strings.HasPrefix(u.HostPort()+u.Path(), k) {
			return true
		}
	}
	return false
}

// extend brings the host, domain or folder of u into scope, and reports whether that was new.
func (s *scope) extend(u canon.URL) bool {
	if s.within(u) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[s.key(u)] = struct{}{}
	return true
}

func (s *scope) key(u canon.URL) string {
	switch s.kind {
	case ScopeDomain:
		return u.Domain()
	case ScopePrefix:
		return u.HostPort() + u.Path()[:strings.LastIndexByte(u.Path(), '/')+1]
	}
	return u.HostPort()
}
