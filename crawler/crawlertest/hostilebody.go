package crawlertest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// bombSize is what a bomb expands to: more than what a crawler reads of a page.
const bombSize = 16 << 20

// bomb is a page that expands to bombSize, made at its first use and kept.
func bomb(fill string, codings ...string) func(*assault) {
	body := sync.OnceValue(func() []byte {
		b := []byte("<!DOCTYPE html>\n<title>A bomb</title>\n<a href=\"/near/3\">on</a>\n")
		return compress(fillers[fill](b, bombSize), codings...)
	})
	f := file{encode: codings}
	encoding := "Content-Encoding: " + f.contentEncoding()
	return func(a *assault) { a.send(200, body(), isHTML, encoding) }
}

// forged is a page of rubbish that is said to be in an encoding.
func forged(charset, prefix string) func(*assault) {
	return func(a *assault) {
		page := prefix + "<title>Forged: " + charset + "</title>\n<a href=\"/near/4\">on</a>\n"
		a.send(200, fillers["noise"]([]byte(page), 64<<10), "Content-Type: text/html; charset="+charset)
	}
}

// bodyAttacks are sound HTTP with bodies out of all proportion.
var bodyAttacks = map[string]func(*assault){
	"bomb-gzip":    bomb("zeros", "gzip"),
	"bomb-zlib":    bomb("zeros", "zlib"),
	"bomb-deflate": bomb("zeros", "deflate"),
	"bomb-br":      bomb("zeros", "br"),
	"bomb-zstd":    bomb("zeros", "zstd"),
	"bomb-nested":  bomb("zeros", "gzip", "gzip"),
	"bomb-mixed":   bomb("zeros", "zstd", "br", "gzip"),
	"bomb-tags":    bomb("tags", "gzip"),
	"bomb-endless": func(a *assault) {
		// Members of gzip stand one behind the other for one body (RFC 1952, section 2.2).
		a.write(okHead + "Content-Encoding: gzip\r\n\r\n")
		a.forever(string(compress(make([]byte, 1<<20), "gzip")))
	},
	"bomb-empty": func(a *assault) {
		// A stream of members that hold nothing: work without a byte to count.
		a.write(okHead + "Content-Encoding: gzip\r\n\r\n")
		a.forever(string(compress(nil, "gzip")))
	},
	"coding-unknown": func(a *assault) { a.send(200, []byte("?"), isHTML, "Content-Encoding: amble") },
	"coding-many": func(a *assault) {
		a.send(200, []byte("?"), isHTML, "Content-Encoding: "+strings.Repeat("gzip, ", 1000)+"gzip")
	},
	"coding-lie": func(a *assault) {
		a.send(200, compress([]byte("<title>gzip</title>"), "gzip"), isHTML, "Content-Encoding: br")
	},

	"charset-utf16":   forged("utf-16le", "\xfe\xff"),
	"charset-utf8":    forged("utf-8", "\xef\xbb\xbf"),
	"charset-jp":      forged("iso-2022-jp", "\x1b$B"),
	"charset-gb":      forged("gb18030", ""),
	"charset-meta":    forged("x-user-defined", "<meta charset=utf-16><meta charset=utf-7><meta charset=big5>"),
	"charset-unknown": forged(strings.Repeat("klingon", 100), ""),
	"charset-none":    forged("", ""),

	"million":         func(a *assault) { a.million(1_000_000, "<a href=/near/%d>%[1]d</a>\n") },
	"million-hosts":   func(a *assault) { a.million(1_000_000, "<a href=//h%d.hostile.test/near/1>x</a>\n") },
	"million-domains": func(a *assault) { a.million(1_000_000, "<a href=//d%d.test/near/1>x</a>\n") },
	"million-images":  func(a *assault) { a.million(1_000_000, "<img src=/picture/%d.png>\n") },
	"million-meta":    func(a *assault) { a.million(1_000_000, "<meta name=n%d content=x>\n") },
	"million-bases":   func(a *assault) { a.million(1_000_000, "<base href=/near/%d/>\n") },

	"attribute": func(a *assault) {
		a.page("An attribute of 5 MB", `<a href="/near/5" title="`+strings.Repeat("x", 5<<20)+`">on</a>`)
	},
	"address": func(a *assault) { a.page("An address of 5 MB", `<a href="/`+strings.Repeat("x", 5<<20)+`">on</a>`) },
	"attributes": func(a *assault) {
		a.page("Many attributes", "<a "+strings.Repeat("a=b c=d ", 500_000)+` href=/near/6>on</a>`)
	},
	"long-base": func(a *assault) {
		a.page("Each of many links becomes 8 KB", `<base href="/`+strings.Repeat("b", 8000)+`/">`+strings.Repeat("<a href=x>", 300_000))
	},
	"references": func(a *assault) {
		// Each item has all that the paragraph says; those of the second page nothing that can be told.
		a.page("Many items of one text", "<p id=a itemprop=x>"+strings.Repeat("text ", 20_000)+"</p>"+strings.Repeat("<div itemscope itemref=a></div>", 150_000))
	},
	"references-blank": func(a *assault) {
		a.page("Many items of nothing", "<p id=a itemprop=x>"+strings.Repeat(" ", 1<<20)+"</p>"+strings.Repeat("<div itemscope itemref=a></div>", 150_000))
	},
	"nested":   func(a *assault) { a.page("Deep", strings.Repeat("<b><i><a href=/near/7>", 200_000)) },
	"title":    func(a *assault) { a.send(200, append([]byte("<title>"), bytes.Repeat([]byte("x "), 4<<20)...), isHTML) },
	"comment":  func(a *assault) { a.page("A comment", "<!--"+strings.Repeat("-->--!><!--", 500_000)) },
	"entities": func(a *assault) { a.page("Entities", "<a href=\""+strings.Repeat("&amp;&#x10ffff;&", 300_000)+"\">") },
	"script":   func(a *assault) { a.page("Scripts", strings.Repeat("<script><!--<script></script>", 200_000)) },
	"texts": func(a *assault) {
		a.page("\x1b]0;owned\x07\x1b[2J=HYPERLINK(\"http://x.test\")\u202egpj\x00", "<a href='/near/8?\x1b[31m'>\r=1+1\t@SUM(1)\u009b2J</a>")
	},
	"inside": func(a *assault) {
		a.page("Ways inside", `<a href="http://127.0.0.1/">1</a><a href="http://169.254.169.254/latest/meta-data/">2</a>
<a href="http://[::ffff:10.0.0.1]/">3</a><a href="http://0x7f.1/">4</a><a href="http://localhost/">5</a><base href="http://10.0.0.1/">`)
	},
	"refresh": func(a *assault) { a.page("Refreshed", `<meta http-equiv="refresh" content="0; url=`+a.path+`r">`) },
}

// million sends a page of n lines, each made from its number and this page's own, so that no two pages have a link in
// common. It is never held in memory.
func (a *assault) million(n int, line string) {
	if !a.write(okHead + "\r\n<!DOCTYPE html>\n<title>Out of all proportion</title>\n") {
		return
	}
	at := hash(a.host+a.path+a.query) >> 32 * uint64(n)
	b := make([]byte, 0, 2*loopSize)
	for i := range n {
		if b = fmt.Appendf(b, line, at+uint64(i)); len(b) > loopSize || i == n-1 {
			if !a.write(string(b)) {
				return
			}
			b = b[:0]
		}
	}
}
