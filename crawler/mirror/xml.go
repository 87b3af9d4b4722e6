package mirror

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Drawings are changed as pages are: a browser opens them, and what they show may lie elsewhere. Of other XML only the style sheets are
// changed, without which a browser shows it otherwise: feeds and sitemaps are data, whose readers want the URLs that are in them.

func isDrawing(mediaType string) bool { return mediaType == "image/svg+xml" }

func isXML(mediaType string) bool {
	return mediaType == "text/xml" || mediaType == "application/xml" || strings.HasSuffix(mediaType, "+xml")
}

var xmlEncoding = regexp.MustCompile(`^<\?xml\s[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// readable reports whether XML is text in UTF-8, by what it says and what its server said. What is not is left as it is.
func readable(body []byte, charset string) bool {
	if m := xmlEncoding.FindSubmatch(body); m != nil && charset == "" {
		charset = string(m[1])
	}
	return ascii(body) && !strings.HasPrefix(strings.ToLower(charset), "utf-16") || (charset == "" || isUTF8(charset)) && utf8.Valid(body)
}

// xml is a drawing or another XML document with its references changed.
func (d *document) xml(body []byte, drawing bool) []byte {
	if drawing {
		return d.html(body)
	}
	return apply(body, d.instructions(nil, body))
}

// instructions adds what is to be changed of the style sheets that a document names before its root element.
func (d *document) instructions(edits []edit, body []byte) []edit {
	sheetsOf(body, func(from, to int, href string) {
		if now, _, changed := d.refer(href); changed {
			edits = append(edits, edit{from, to, quoteHTML(now)})
		}
	})
	return edits
}

// sheetsOf hands over the references to style sheets in a document's prolog (Associating Style Sheets with XML documents 1.0), each with the offsets of its
// value, quotes included.
func sheetsOf(body []byte, sheet func(from, to int, href string)) {
	for at := 0; ; {
		i := bytes.IndexByte(body[at:], '<')
		if i < 0 {
			return
		}
		at += i
		rest, end := body[at:], ""
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			end = "-->"
		case bytes.HasPrefix(rest, []byte("<?")):
			end = "?>"
		case bytes.HasPrefix(rest, []byte("<!")):
			end = ">"
			if open := bytes.IndexByte(rest, '['); open >= 0 && open < bytes.IndexByte(rest, '>') {
				end = "]"
			}
		default:
			return // the root element
		}
		n := bytes.Index(rest, []byte(end))
		if n < 0 {
			return
		}
		if m := sheetInstruction.FindSubmatchIndex(rest[:n]); m != nil {
			sheet(at+m[2], at+m[3], html.UnescapeString(string(rest[m[2]+1:m[3]-1])))
		}
		at += n + len(end)
	}
}

var sheetInstruction = regexp.MustCompile(`^<\?xml-stylesheet(?:\s[^?]*)?\shref\s*=\s*("[^"]*"|'[^']*')`)
