package crawlertest

import (
	"fmt"
	"html"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// reply is what a site does about one request, decided before anything is sent, so that sockets and [Transport] do
// the same.
type reply struct {
	delay  time.Duration
	fault  fault
	status int
	header http.Header
	body   []byte
	cut    int // bytes of the body that are sent, len(body) for all
	stall  bool
	raw    bool   // the body is the whole answer; status is 0
	loop   []byte // what is sent again and again behind the body
	drip   drip
}

// handler answers for a site. Only the counts of requests for flaky files change.
type handler struct {
	site  *Site
	asked map[*file]*atomic.Int64
}

func newHandler(s *Site) *handler {
	h := &handler{site: s, asked: make(map[*file]*atomic.Int64)}
	count := func(f *file) {
		if f.flaky > 0 {
			h.asked[f] = new(atomic.Int64)
		}
	}
	for _, host := range s.hosts {
		for _, f := range host.files {
			count(f)
		}
		for _, f := range host.below {
			count(f)
		}
	}
	return h
}

// reply decides what the site does about a request.
func (h *handler) reply(r *http.Request) reply {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		rep := message(http.StatusMethodNotAllowed, "A test site answers GET and HEAD only.")
		rep.header.Set("Allow", "GET, HEAD")
		return rep
	}
	name := hostOf(r)
	host := h.site.host(name)
	if host == nil {
		return h.misdirected(r, name)
	}
	path := r.URL.Path
	if path == "" {
		path = "/"
	}
	f, slash := host.find(path, r.URL.RawQuery)
	if slash {
		to := url.URL{Path: path + "/", RawQuery: r.URL.RawQuery}
		rep := message(http.StatusMovedPermanently, "This is a directory.")
		rep.header.Set("Location", to.String())
		return rep
	}
	if f == nil {
		return notFound(name, path)
	}
	if to := f.validators.edited; to != "" && conditional(r) {
		if f, _ = host.find(to, ""); f == nil {
			return notFound(name, path)
		}
	}
	if n := h.asked[f]; n != nil && n.Add(1) <= int64(f.flaky) {
		return f.flakyReply()
	}
	if rep, refused := f.gate.refuse(r); refused {
		rep.delay = f.delay
		return rep
	}
	if f.head != 0 && r.Method == http.MethodHead {
		return message(f.head, "Not by HEAD.")
	}
	rep := reply{delay: f.delay, fault: f.fault, status: f.status, header: make(http.Header, 3), stall: f.stall, drip: f.drip}
	for k, v := range f.header {
		if v != "" {
			rep.header[k] = []string{v}
		}
	}
	if len(f.cookies) > 0 {
		rep.header["Set-Cookie"] = slices.Clone(f.cookies)
	}
	if f.validators.answer(&rep, r) {
		return rep
	}
	if !f.fillReply(&rep, r, name, path) {
		return notFound(name, path)
	}
	if hasBody(rep.status) && len(rep.loop) == 0 && !rep.raw {
		rep.header["Content-Length"] = []string{strconv.Itoa(len(rep.body))}
	}
	rep.cut = len(rep.body)
	if f.cut >= 0 {
		rep.cut = min(f.cut, len(rep.body))
	}
	return rep
}

// fillReply puts the body into rep. It reports false if a generator has no such page.
func (f *file) fillReply(rep *reply, r *http.Request, host, path string) bool {
	if f.pages != nil {
		var to string
		rep.body, to = f.pages(host, strings.TrimPrefix(path, f.prefix), r.URL.RawQuery)
		if to != "" {
			rep.status = http.StatusFound
			rep.header.Set("Location", to)
		}
		return rep.body != nil || to != ""
	}
	if f.fault != none {
		return true
	}
	a := f.bodyOf()
	rep.body, rep.loop = a.plain, a.loop
	if f.raw {
		rep.raw, rep.status, rep.header = true, 0, nil
	}
	if len(f.echo) > 0 {
		rep.body = f.echoed(rep.body, r)
	}
	if f.gzip {
		rep.header.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			rep.header.Set("Content-Encoding", "gzip")
			rep.body = a.gzipped
		}
	}
	return true
}

func (f *file) flakyReply() reply {
	rep := reply{fault: f.flakyFault}
	if rep.fault == none {
		rep = message(f.flakyStatus, "Not this time.")
		if k := f.flakyHeader[0]; k != "" {
			rep.header.Set(k, f.flakyHeader[1])
		}
	}
	rep.delay = f.delay
	return rep
}

func notFound(host, path string) reply {
	return message(http.StatusNotFound, "The site "+host+" has no page "+path+".")
}

// misdirected explains to a person who points a browser at the listener how to see the hosts behind it.
func (h *handler) misdirected(r *http.Request, name string) reply {
	text := fmt.Sprintf("There is no host %q here. There are: %s.", name, strings.Join(h.site.Hosts(), ", "))
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && len(h.site.Seeds) > 0 {
		text += fmt.Sprintf(" Use this address as an HTTP proxy: curl -x http://%s %s", a, h.site.Seeds[0])
	}
	return message(http.StatusMisdirectedRequest, text)
}

// message is a small HTML page that says what is the matter.
func message(status int, text string) reply {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	rep := reply{status: status, header: make(http.Header)}
	if hasBody(status) {
		rep.body = fmt.Appendf(nil, "<!DOCTYPE html>\n<title>%s</title>\n<p>%s</p>\n", title, html.EscapeString(text))
		rep.cut = len(rep.body)
		rep.header.Set("Content-Type", "text/html; charset=utf-8")
		rep.header.Set("Content-Length", strconv.Itoa(len(rep.body)))
	}
	return rep
}

// ServeHTTP implements http.Handler over real connections.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.serve(w, r) }

// serve answers and returns the status sent, 0 for none. It panics with http.ErrAbortHandler to close a connection
// without an answer.
func (h *handler) serve(w http.ResponseWriter, r *http.Request) int {
	rep := h.reply(r)
	if !pause(r, rep.delay) {
		panic(http.ErrAbortHandler) // a plain return would be an empty 200 if the client is still there
	}
	switch rep.fault {
	case reset:
		resetConn(w)
		return 0
	case hang:
		<-r.Context().Done() // the client went, or the server closes
		panic(http.ErrAbortHandler)
	}
	if rep.raw {
		rep.sendRaw(w, r)
		return 0
	}
	header := w.Header()
	for k, v := range rep.header {
		header[k] = v
	}
	if rep.header["Content-Type"] == nil {
		header["Content-Type"] = nil // or else net/http would guess one
	}
	w.WriteHeader(rep.status)
	if r.Method == http.MethodHead {
		return rep.status
	}
	rep.send(r.Context(), w, func() { http.NewResponseController(w).Flush() })
	return rep.status // net/http closes a connection on which less was written than declared
}

// resetConn makes the client see a reset: with a linger time of 0, close sends RST instead of FIN.
func resetConn(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the nearest thing that any ResponseWriter can do
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// pause waits for d and reports whether the request was still wanted then.
func pause(r *http.Request, d time.Duration) bool {
	return d <= 0 || sleep(r.Context(), d)
}

// hostOf is the host that a request is for: small letters, without port and final dot.
func hostOf(r *http.Request) string {
	name := r.Host
	if name == "" {
		name = r.URL.Host
	}
	if h, _, err := net.SplitHostPort(name); err == nil {
		name = h
	}
	return strings.TrimSuffix(strings.ToLower(name), ".")
}

// escapePath writes a file's decoded path, with its raw query if it has one, as it stands in a URL.
func escapePath(path string) string {
	path, query, _ := strings.Cut(path, "?")
	u := url.URL{Path: path, RawQuery: query}
	return u.String()
}
