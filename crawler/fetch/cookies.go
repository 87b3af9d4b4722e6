package fetch

import (
	"container/list"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"

	"amble/frontier/canon"
)

// Bounds on what servers can make a Cookies hold. The least that RFC 6265, section 6.1, wants are 4096 bytes per cookie, 50
// cookies per domain and 3000 in all; browsers hold about 180 per registrable domain.
const (
	maxCookie       = 4096     // bytes of a Set-Cookie line
	maxSiteCookies  = 180      // cookies of one registrable domain
	maxSites        = 10_000   // registrable domains with cookies
	maxCookieMemory = 32 << 20 // bytes of all cookies, with what it costs to hold them
	// maxCookieLine is the length of the Cookie header that servers' cookies may reach. Servers refuse requests with longer
	// ones, so that one host could otherwise shut its neighbours' sites.
	maxCookieLine = 16 << 10
	// maxCookieAge is how long a cookie can last (RFC 6265bis, section 5.5).
	maxCookieAge = 400 * 24 * time.Hour

	siteMemory   = 1 << 10 // a jar and a record
	cookieMemory = 1 << 9  // an entry in each of them
)

// Cookies holds the cookies of one crawl in memory: those that servers set, and those that the user brings with
// ReadNetscape. The latter stay while there is any room; to make room for others, the former go. It is safe for use by
// several goroutines and by several Clients. Format and the encoders of the standard library show nothing of its cookies.
//
// A cookie goes where RFC 6265 sends it: to its host, or to its domain and all below it where it was set so, under its path,
// and over https alone if it is marked Secure. The public suffix list keeps a host from setting cookies for others'. Beyond
// RFC 6265, two rules of browsers hold (RFC 6265bis): the names __Secure-… and __Host-… are for those who may use them, and an
// answer over http neither sets a Secure cookie nor replaces one. Loopback counts as https. SameSite has no say: whoever
// crawls asks for each page himself.
//
// Cookies make requests depend on the answers before them. Where a site answers differently by cookie, two crawls of it may
// differ too.
//
// What one server can set is bounded. Ignored is a Set-Cookie line of more than 4096 bytes, and what comes behind the first
// 180 lines of an answer. Of one registrable domain 180 cookies are held; then the expired ones go, and then those set longest
// ago. Of 10,000 registrable domains, or 32 MiB, those go that were asked for nothing for the longest time. No
// cookie lasts for more than 400 days. A request carries at most 16 KiB of cookies, the ones with the longest path first.
type Cookies struct {
	mu     sync.Mutex
	sites  map[string]*site // by registrable domain
	recent list.List        // the sites without cookies of the user's, the one used last in front
	memory int
	turn   uint64 // counts what was set
}

// site is the cookies of one registrable domain. The jar knows which of them to send. The record beside it knows how many
// there are, which the jar does not tell; whatever changes the one changes the other.
type site struct {
	domain string
	jar    *cookiejar.Jar
	held   map[cookieID]heldCookie
	place  *list.Element // in Cookies.recent; nil once the user has brought cookies for the site
}

// cookieID is what makes two cookies one (RFC 6265, section 5.3, step 11).
type cookieID struct{ domain, path, name string }

type heldCookie struct {
	memory  int
	turn    uint64    // when it was set
	expires time.Time // zero: with the crawl
	secure  bool
	own     bool // the user's
}

// NewCookies is an empty Cookies, as the zero value is.
func NewCookies() *Cookies { return new(Cookies) }

// take notes what an answer from u sets.
func (k *Cookies) take(u canon.URL, header http.Header) {
	lines := header["Set-Cookie"]
	if len(lines) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	for _, line := range lines[:min(len(lines), maxSiteCookies)] {
		if c := readSetCookie(line); c != nil {
			_ = k.set(u, c, false, now) // what may not be set is ignored, as in browsers
		}
	}
}

// line is the Cookie header for u: own, which is the user's header and may be empty, and then the cookies held for u but for
// those that own names too. It is "" if there are none of these.
func (k *Cookies) line(u canon.URL, own string) string {
	k.mu.Lock()
	s := k.sites[u.Domain()]
	if s == nil {
		k.mu.Unlock()
		return ""
	}
	cookies := s.jar.Cookies(jarURL(u))
	if s.place != nil {
		k.recent.MoveToFront(s.place)
	}
	k.mu.Unlock()

	var b strings.Builder
	b.WriteString(strings.Trim(own, "; \t"))
	limit := b.Len() + maxCookieLine
	added := false
	for _, c := range cookies {
		if b.Len()+len("; =")+len(c.Name)+len(c.Value) > limit || namesCookie(own, c.Name) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.Name)
		b.WriteByte('=')
		b.WriteString(c.Value)
		added = true
	}
	if !added {
		return ""
	}
	return b.String()
}

// namesCookie reports whether a Cookie header holds a cookie of this name.
func namesCookie(header, name string) bool {
	for pair := range strings.SplitSeq(header, ";") {
		if n, _, ok := strings.Cut(pair, "="); ok && strings.Trim(n, blanks) == name {
			return true
		}
	}
	return false
}

// jarURL is u as the jar is to see it. Its path is the one that goes out, escapes and all: %2F is no slash there, and none
// here. The port has no say in cookies, and with it the jar would know [::1] by two names.
func jarURL(u canon.URL) *url.URL {
	return &url.URL{Scheme: u.Scheme(), Host: cookieHost(u), Path: u.Path()}
}

// cookieHost is u's host without the dot that may end it.
func cookieHost(u canon.URL) string { return strings.TrimSuffix(u.Host(), ".") }

// open is the site of a registrable domain, made if there is none.
func (k *Cookies) open(domain string, own bool) *site {
	s := k.sites[domain]
	if s == nil {
		jar, _ := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}) // never fails
		s = &site{domain: strings.Clone(domain), jar: jar, held: make(map[cookieID]heldCookie)}
		s.place = k.recent.PushFront(s)
		if k.sites == nil {
			k.sites = make(map[string]*site)
		}
		k.sites[s.domain] = s
		k.memory += siteMemory
	}
	switch {
	case s.place == nil:
	case own:
		k.recent.Remove(s.place)
		s.place = nil
	default:
		k.recent.MoveToFront(s.place)
	}
	return s
}

// room reports whether a cookie of this size may be added to s, or replace the one that is there, and removes others until
// it may. Sites that were not used for the longest time go first.
func (k *Cookies) room(s *site, id cookieID, memory int, now time.Time) bool {
	old, replaces := s.held[id]
	if !replaces && len(s.held) >= maxSiteCookies && !k.dropOldest(s, now) {
		return false
	}
	for len(k.sites) > maxSites || k.memory+memory-old.memory > maxCookieMemory {
		last := k.recent.Back()
		if last == nil || last.Value == s {
			return false
		}
		k.close(last.Value.(*site))
	}
	return true
}

// dropOldest removes the cookie of s that was set longest ago, an expired one before all others, and none of the user's
// own before its time.
func (k *Cookies) dropOldest(s *site, now time.Time) bool {
	var victim cookieID
	oldest, found := uint64(0), false
	for id, h := range s.held {
		if h.expired(now) {
			k.drop(s, id)
			return true
		}
		if !h.own && (!found || h.turn < oldest) {
			victim, oldest, found = id, h.turn, true
		}
	}
	if found {
		k.drop(s, victim)
	}
	return found
}

func (h heldCookie) expired(now time.Time) bool { return !h.expires.IsZero() && !h.expires.After(now) }

// drop removes one cookie.
func (k *Cookies) drop(s *site, id cookieID) {
	gone := &http.Cookie{Name: id.name, Path: id.path, MaxAge: -1}
	s.jar.SetCookies(&url.URL{Scheme: "https", Host: id.domain}, []*http.Cookie{gone})
	k.memory -= s.held[id].memory
	delete(s.held, id)
}

// close removes a site with all its cookies.
func (k *Cookies) close(s *site) {
	for _, h := range s.held {
		k.memory -= h.memory
	}
	k.memory -= siteMemory
	delete(k.sites, s.domain)
	if s.place != nil {
		k.recent.Remove(s.place)
	}
}
