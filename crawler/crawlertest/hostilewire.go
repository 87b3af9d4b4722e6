package crawlertest

import (
	"fmt"
	"strings"
	"time"
)

// dropEvery is the pause of dripping attacks: longer than any server has a reason to, shorter than what a client might
// take for silence.
const dropEvery = 200 * time.Millisecond

const okHead = "HTTP/1.1 200 OK\r\n" + isHTML + "\r\n"

const chunkedHead = okHead + "Transfer-Encoding: chunked\r\n\r\n"

// wireAttacks break HTTP, or the client's patience.
var wireAttacks = map[string]func(*assault){
	// What is no answer.
	"words":        func(a *assault) { a.write("<title>No header</title>\n<a href=/words/next>next</a>\n") },
	"ssh":          func(a *assault) { a.write("SSH-2.0-OpenSSH_9.9\r\n") },
	"binary":       func(a *assault) { a.write("\x16\x03\x01\x00\xff\x01\x00\x00\xfb\xff\xfe\x00\r\n\r\n") },
	"nothing":      func(*assault) {},
	"status-words": func(a *assault) { a.write("HTTP/1.1 fine OK\r\nContent-Length: 0\r\n\r\n") },
	"status-999":   func(a *assault) { a.send(999, []byte("what?")) },
	"switch":       func(a *assault) { a.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: harm\r\n\r\n"); a.hang() },

	// A reset and a silence at each phase.
	"reset":        func(a *assault) { a.reset() },
	"reset-line":   func(a *assault) { a.write("HTTP/1.1 20"); a.reset() },
	"reset-header": func(a *assault) { a.write(okHead); a.reset() },
	"reset-body":   func(a *assault) { a.write(okHead + "Content-Length: 999\r\n\r\n<title>Torn"); a.reset() },
	"reset-chunks": func(a *assault) { a.write(chunkedHead + "b\r\n<title>Torn"); a.reset() },
	"close-header": func(a *assault) { a.write(okHead) },
	"close-body":   func(a *assault) { a.write(okHead + "Content-Length: 999\r\n\r\n<title>Torn</title>") },
	"close-chunks": func(a *assault) { a.write(chunkedHead + "b\r\n<title>Torn\r\n") },
	"hang":         func(a *assault) { a.hang() },
	"hang-line":    func(a *assault) { a.write("HTTP/1.1 20"); a.hang() },
	"hang-header":  func(a *assault) { a.write(okHead); a.hang() },
	"hang-body":    func(a *assault) { a.write(okHead + "Content-Length: 999\r\n\r\n<title>Silence"); a.hang() },
	"hang-chunks":  func(a *assault) { a.write(chunkedHead + "e\r\n<title>Silence\r\n"); a.hang() },

	// By drops.
	"drip-header": func(a *assault) { a.drip(okHead+"X-Long: "+strings.Repeat("x", 10_000)+"\r\n\r\n", 1, dropEvery) },
	"drip-lines":  func(a *assault) { a.write(okHead); a.dripForever("X-More: more\r\n", dropEvery) },
	"drip-body": func(a *assault) {
		a.write(okHead + "Content-Length: 100000\r\n\r\n")
		a.drip(strings.Repeat("<p>drop</p>", 10_000), 1, dropEvery)
	},
	"drip-chunks": func(a *assault) { a.write(chunkedHead); a.dripForever("1\r\n.\r\n", dropEvery) },
	"drip-hints":  func(a *assault) { a.dripForever("HTTP/1.1 103 Early Hints\r\n\r\n", dropEvery) },

	// Without end.
	"endless-header":     func(a *assault) { a.write(okHead); a.forever("X-More: and more\r\n") },
	"endless-line":       func(a *assault) { a.write(okHead + "X-Long: "); a.forever("x") },
	"endless-status":     func(a *assault) { a.write("HTTP/1.1 200 O"); a.forever("K") },
	"endless-hints":      func(a *assault) { a.forever("HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n") },
	"endless-body":       func(a *assault) { a.write(okHead + "\r\n<title>Endless</title>"); a.forever("<p>It goes on.</p>\n") },
	"endless-zeros":      func(a *assault) { a.write(okHead + "\r\n"); a.forever("\x00") },
	"endless-chunks":     func(a *assault) { a.write(chunkedHead); a.forever("1\r\n.\r\n") },
	"endless-extensions": func(a *assault) { a.write(chunkedHead + "1"); a.forever(";name=value") },
	"endless-size":       func(a *assault) { a.write(chunkedHead); a.forever("0") },
	"endless-trailers":   func(a *assault) { a.write(chunkedHead + "1\r\n.\r\n0\r\n"); a.forever("X-Trailer: more\r\n") },
	"endless-error":      func(a *assault) { a.write("HTTP/1.1 404 Not Found\r\n" + isHTML + "\r\n\r\n"); a.forever("Not here. ") },
	"endless-redirect":   func(a *assault) { a.write("HTTP/1.1 302 Found\r\nLocation: /near/2\r\n\r\n"); a.forever("Go there. ") },
	"endless-picture":    func(a *assault) { a.write("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"); a.forever("\x89PNG") },

	// Framing.
	"lengths": func(a *assault) {
		a.write(okHead + "Content-Length: 5\r\nContent-Length: 50\r\n\r\n<title>Which?</title>")
	},
	"length-negative": func(a *assault) { a.write(okHead + "Content-Length: -1\r\n\r\n") },
	"length-huge":     func(a *assault) { a.write(okHead + "Content-Length: 9223372036854775807\r\n\r\n<title>Huge") },
	"length-beyond":   func(a *assault) { a.write(okHead + "Content-Length: 99999999999999999999\r\n\r\n") },
	"length-chunks": func(a *assault) {
		a.write(okHead + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n.\r\n0\r\n\r\n")
	},
	"chunk-size":   func(a *assault) { a.write(chunkedHead + "zz\r\n.\r\n0\r\n\r\n") },
	"chunk-huge":   func(a *assault) { a.write(chunkedHead + "7fffffffffffffff\r\n<title>Huge") },
	"chunk-beyond": func(a *assault) { a.write(chunkedHead + "fffffffffffffffff\r\n.") },
	"desync": func(a *assault) {
		// Behind a sound answer another one, which a client that keeps the connection must not take for that to its next request.
		a.send(200, []byte("<title>Asked for</title>"), isHTML)
		a.write("HTTP/1.1 200 OK\r\n" + isHTML + "\r\nContent-Length: 29\r\n\r\n<title>Never asked for</title>")
	},
	"bodiless": func(a *assault) { a.write("HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\nHTTP/1.") },

	// Header.
	"nul-header":    func(a *assault) { a.write(okHead + "X-Nul: a\x00b\r\nContent-Length: 0\r\n\r\n") },
	"escape-header": func(a *assault) { a.write("HTTP/1.1 200 \x1b]0;owned\x07\r\nContent-Type: \x1b[31m/html\r\n\r\n") },
	"big-header":    func(a *assault) { a.send(200, nil, isHTML, "X-Big: "+strings.Repeat("x", 8<<20)) },
	"many-headers":  func(a *assault) { a.send(200, nil, isHTML, strings.Repeat("X-Many: 1\r\n", 20_000)+"X-Last: 1") },
	"cookies": func(a *assault) {
		var b strings.Builder
		for i := range 3000 {
			fmt.Fprintf(&b, "Set-Cookie: c%d=%s; Domain=%s; Path=/\r\n", i, strings.Repeat("v", 20), a.host)
		}
		body, _ := trapPage("Three thousand cookies", a.more())
		a.send(200, body, b.String()+isHTML)
	},
}
