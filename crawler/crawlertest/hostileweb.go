package crawlertest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// redirectAttacks lead round and round, or nowhere, or say when to come back.
var redirectAttacks = map[string]func(*assault){
	"redirect-self":    func(a *assault) { a.redirect(a.path) },
	"redirect-endless": func(a *assault) { a.redirect(fmt.Sprintf("/redirect-endless/%x", mix(hash(a.path)))) },
	"redirect-hosts": func(a *assault) {
		a.redirect(fmt.Sprintf("http://h%d.%s/redirect-hosts/", hash(a.host)%1000, hostileHost))
	},
	"redirect-ping": func(a *assault) {
		to := map[string]string{"ping.test": "pong.test"}[a.host]
		if to == "" {
			to = "ping.test"
		}
		a.redirect("http://" + to + "/redirect-ping/")
	},
	"redirect-grow":    func(a *assault) { a.redirect(a.path + "/" + strings.Repeat("g", min(len(a.path), 1<<20))) },
	"redirect-long":    func(a *assault) { a.redirect("/" + strings.Repeat("x", 200<<10)) },
	"redirect-many":    func(a *assault) { a.send(302, nil, strings.Repeat("Location: /near/9\r\n", 5000)+"Location: /near/10") },
	"redirect-private": func(a *assault) { a.redirect("http://169.254.169.254/latest/meta-data/") },
	"redirect-file":    func(a *assault) { a.redirect("file:///etc/passwd") },
	"redirect-broken":  func(a *assault) { a.redirect("http://[half/") },
	"redirect-tls":     func(a *assault) { a.redirect("https://" + a.host + a.path) },

	"retry-year":    func(a *assault) { a.send(429, nil, "Retry-After: 31536000") },
	"retry-date":    func(a *assault) { a.send(503, nil, "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT") },
	"retry-rubbish": func(a *assault) { a.send(503, nil, "Retry-After: -99999999999999999999999") },
	"challenge":     func(a *assault) { a.send(401, nil, `WWW-Authenticate: Basic realm="`+strings.Repeat("x", 10_000)+`"`) },

	"sitemap": func(a *assault) {
		// An index of two indices, each of which is one of two.
		var b strings.Builder
		b.WriteString(`<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
		for _, turn := range []string{"a", "b"} {
			fmt.Fprintf(&b, "<sitemap><loc>http://%s%s%s</loc></sitemap>", a.host, strings.TrimSuffix(a.path, "/")+"/", turn)
		}
		a.send(200, []byte(b.String()+"</sitemapindex>"), "Content-Type: application/xml")
	},
	"sitemap-endless": func(a *assault) {
		a.write("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n<urlset>")
		a.forever("<url><loc>http://hostile.test/near/1</loc></url>")
	},
}

func (a *assault) redirect(to string) { a.send(http.StatusFound, nil, "Location: "+to) }

// webAttacks are the endless webs that sites can have too, and pages that are nearly the same.
func webAttacks() map[string]func(*assault) {
	m := make(map[string]func(*assault))
	for name, call := range map[string]string{
		"calendar": "calendar", "facets": "facets", "soft404": "soft404", "grow": "grow", "deep": "deep", "repeat": "repeat",
		"near": "visits", "hosts": "hosts " + hostileHost, "php": "sessions php", "java": "sessions java", "asp": "sessions asp",
		"chain": "redirects endless",
	} {
		words := strings.Fields(call)
		prefix := "/" + name + "/"
		web, err := generators[words[0]](prefix, words[1:])
		if err != nil {
			panic(err) // a slip in the table above, which every test would show
		}
		m[name] = func(a *assault) {
			b, to := web(a.host, strings.TrimPrefix(a.path, prefix), a.query)
			switch {
			case to != "":
				a.redirect(to)
			case b != nil:
				a.send(200, b, isHTML)
			default:
				a.page("Off the path", "") // the links of other attacks have names of their own: lead on from here
			}
		}
	}
	return m
}

// robotsAttacks are the robots.txt of hosts that mean harm.
var robotsAttacks = map[string]func(*assault){
	"none": func(a *assault) { a.send(404, nil) },
	"sitemaps": func(a *assault) {
		a.send(200, fmt.Appendf(nil, "Sitemap: http://%s/sitemap/\nSitemap: http://%[1]s/sitemap-endless/\n", a.host), "Content-Type: text/plain")
	},
	"endless": func(a *assault) { a.write("HTTP/1.1 200 OK\r\n\r\nUser-agent: *\n"); a.forever("Disallow: /no/\n") },
	"line":    func(a *assault) { a.write("HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /"); a.forever("x") },
	"10mb": func(a *assault) {
		a.send(200, []byte("User-agent: *\n"+strings.Repeat("Disallow: /no/*a*b*c$\n", 10<<20/22)))
	},
	"stars": func(a *assault) {
		a.send(200, []byte("User-agent: *\nDisallow: /"+strings.Repeat("*n", 4000)+"\n"+strings.Repeat("Disallow: /*e*a*r*e*a*r*$\n", 5000)))
	},
	"drip":  func(a *assault) { a.write("HTTP/1.1 200 OK\r\n\r\n"); a.dripForever("# drop\n", dropEvery) },
	"hang":  func(a *assault) { a.hang() },
	"reset": func(a *assault) { a.reset() },
	"loop":  func(a *assault) { a.redirect("/robots.txt") },
	"hosts": func(a *assault) {
		a.redirect(fmt.Sprintf("http://robots-hosts.h%d.test/robots.txt", hash(a.host)%1000))
	},
	"private": func(a *assault) { a.redirect("http://169.254.169.254/robots.txt") },
	"bomb":    bomb("zeros", "gzip"),
	"year":    func(a *assault) { a.send(429, nil, "Retry-After: 31536000") },
	"delay":   func(a *assault) { a.send(200, []byte("User-agent: *\nCrawl-delay: 99999999999\n")) },
	"failing": func(a *assault) { a.send(503, nil) },
	"words":   wireAttacks["words"],
	"noise":   func(a *assault) { a.send(200, fillers["noise"](nil, 600<<10)) },
	"maps": func(a *assault) {
		a.million(1_000_000, "Sitemap: http://hostile.test/sitemap/%d\n")
	},
}

// robotsAttack is the robots.txt of a host: what its first label names, or for most hosts none.
func robotsAttack(host string) func(*assault) {
	label, _, _ := strings.Cut(host, ".")
	if name, ok := strings.CutPrefix(label, "robots-"); ok {
		if do := robotsAttacks[name]; do != nil {
			return do
		}
		if n, err := strconv.Atoi(name); err == nil && n >= 0 {
			names := slices.Sorted(maps.Keys(robotsAttacks))
			return robotsAttacks[names[n%len(names)]]
		}
	}
	if host == hostileHost {
		return robotsAttacks["sitemaps"]
	}
	return robotsAttacks["none"]
}

// tlsAttacks are what comes instead of a handshake.
var tlsAttacks = map[string]func(*assault){
	"page":    func(a *assault) { a.write("<title>This is not TLS</title>\n") },
	"plain":   func(a *assault) { a.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") },
	"nothing": func(*assault) {},
	"reset":   func(a *assault) { a.reset() },
	"hang":    func(a *assault) { a.hang() },
	"alert":   func(a *assault) { a.write("\x15\x03\x03\x00\x02\x02\x28") },
	"alerts":  func(a *assault) { a.forever("\x15\x03\x03\x00\x02\x01\x5a") },
	"record":  func(a *assault) { a.write("\x16\x03\x03\xff\xff"); a.forever("\x00") },
	"hello":   func(a *assault) { a.write("\x16\x03\x03\x40\x00\x02\xff\xff\xff"); a.forever("\x00") },
	"drip":    func(a *assault) { a.write("\x16\x03\x03\x40\x00\x02\x00\x40\x00"); a.dripForever("\x00", dropEvery) },
}

// serveTLS reads as much of a handshake as tells the host, and fails at the rest in the way that the host's first label
// names, or a hash of the host chooses.
func (h *HostileServer) serveTLS(conn net.Conn) {
	host := ""
	enough := errors.New("the host is known")
	tls.Server(readOnly{conn}, &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		host = hello.ServerName
		return nil, enough
	}}).Handshake() // fails, and nobody hears of it
	h.requests.Add(1)
	label, _, _ := strings.Cut(host, ".")
	do := tlsAttacks[strings.TrimPrefix(label, "tls-")]
	if do == nil {
		names := slices.Sorted(maps.Keys(tlsAttacks))
		do = tlsAttacks[names[hash(host)%uint64(len(names))]]
	}
	do(&assault{conn: conn, done: h.done, host: host})
}

// readOnly is a connection to which nothing is written.
type readOnly struct{ net.Conn }

func (readOnly) Write(b []byte) (int, error) { return len(b), nil }
