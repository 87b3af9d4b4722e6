package crawlertest

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// assault is one request and the means to answer it. Its methods report false, or return, once there is nobody to
// write to any more.
type assault struct {
	conn              net.Conn
	done              chan struct{} // closed when the server is
	host, path, query string
	keep              bool // the answer was sound: the connection may serve the next request
}

// attacks by name, of all kinds.
var attacks = make(map[string]func(*assault))

var attackNames []string

func init() {
	for _, kind := range []map[string]func(*assault){wireAttacks, bodyAttacks, redirectAttacks, webAttacks()} {
		maps.Copy(attacks, kind)
	}
	attackNames = slices.Sorted(maps.Keys(attacks))
}

// attack chooses what is done about the request.
func (a *assault) attack() func(*assault) {
	if a.path == "/robots.txt" {
		return robotsAttack(a.host)
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(a.path, "/"), "/")
	if do := attacks[first]; do != nil {
		return do
	}
	if a.host == hostileHost && a.path == "/" {
		return everything
	}
	return attacks[attackNames[hash(a.host+a.path)%uint64(len(attackNames))]]
}

// write sends b as it is.
func (a *assault) write(b string) bool {
	_, err := io.WriteString(a.conn, b)
	return err == nil
}

// drip sends b by so many bytes at a time, with pauses.
func (a *assault) drip(b string, n int, every time.Duration) bool {
	for piece := range slices.Chunk([]byte(b), n) {
		if _, err := a.conn.Write(piece); err != nil || !sleepUntil(a.done, every) {
			return false
		}
	}
	return true
}

// forever sends s again and again, many at once.
func (a *assault) forever(s string) {
	for s = strings.Repeat(s, loopSize/len(s)+1); a.write(s); {
	}
}

// dripForever sends s again and again, with a pause after each.
func (a *assault) dripForever(s string, every time.Duration) {
	for a.write(s) && sleepUntil(a.done, every) {
	}
}

// hang is silent until the client goes or the server is closed.
func (a *assault) hang() { io.Copy(io.Discard, a.conn) }

// reset closes the connection so that the client sees a reset.
func (a *assault) reset() {
	if tcp, ok := a.conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	a.conn.Close()
}

// send is a sound answer with these header lines and this body.
func (a *assault) send(status int, body []byte, header ...string) {
	head := fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", status, http.StatusText(status), len(body))
	for _, line := range header {
		head += line + "\r\n"
	}
	if a.write(head + "\r\n") {
		_, err := a.conn.Write(body)
		a.keep = err == nil
	}
}

const isHTML = "Content-Type: text/html; charset=utf-8"

// page sends a page with a title, more markup, and links that lead on.
func (a *assault) page(title, markup string) {
	b, _ := trapPage(title, a.more())
	a.send(http.StatusOK, append(b, markup...), isHTML)
}

// more are links from this page: to attacks on this host, on hosts of its domain and on other domains.
func (a *assault) more() (links []string) {
	h := hash(a.host + a.path + "?" + a.query)
	for i := range 12 {
		h = mix(h)
		name := attackNames[h%uint64(len(attackNames))]
		to := fmt.Sprintf("/%s/%x", name, h>>40)
		switch i {
		case 8, 9:
			to = fmt.Sprintf("http://h%d.%s%s", h>>56, hostileHost, to)
		case 10:
			to = fmt.Sprintf("http://hostile-%d.test%s", h>>52, to)
		case 11:
			to = fmt.Sprintf("https://%s-%d.test%s", []string{"tls", "robots"}[h>>63], h>>56, to)
		}
		links = append(links, to, name)
	}
	return links
}

// everything is the seed: a link to each attack, on a host of its own lest one hold up the others, and to hosts with each robots.txt and each way to fail at TLS.
func everything(a *assault) {
	var links []string
	for _, name := range attackNames {
		links = append(links, "http://"+name+".test/"+name+"/", name)
	}
	for _, name := range slices.Sorted(maps.Keys(robotsAttacks)) {
		links = append(links, "http://robots-"+name+".test/near/1", "robots.txt: "+name)
	}
	for _, name := range slices.Sorted(maps.Keys(tlsAttacks)) {
		links = append(links, "https://tls-"+name+".test/", "TLS: "+name)
	}
	b, _ := trapPage("A hostile web", links)
	a.send(http.StatusOK, b, isHTML)
}

// sleepUntil waits for d and reports whether done was still open then.
func sleepUntil(done <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-done:
		return false
	}
}
