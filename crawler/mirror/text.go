package mirror

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"

	"amble/crawler/extract"
)

// From a disk, no header says in what encoding a text is: a file that is not plainly UTF-8 says so by its byte order mark, which for browsers wins over
// whatever else a file says (WHATWG Encoding, "decode").

const byteOrderMark = "\uFEFF"

func isPage(mediaType string) bool {
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}

func isSheet(mediaType string) bool { return mediaType == "text/css" }

// isText reports whether the encoding of a file follows from its header, where there is one, and from nothing in it.
func isText(mediaType string) bool {
	f := byType[mediaType]
	return f != nil && !f.active && (strings.HasPrefix(mediaType, "text/") || f == byType["text/javascript"])
}

// queryEncoding is the encoding of the queries of a page's links; nil for UTF-8.
func queryEncoding(charset string) encoding.Encoding {
	if charset == "" || charset == "utf-8" || strings.HasPrefix(charset, "utf-16") {
		return nil
	}
	enc, err := htmlindex.Get(charset)
	if err != nil {
		return nil
	}
	return enc
}

// headLength is how far browsers look for a declaration.
const headLength = 1024

// declareUTF8 is a page, in UTF-8, that says so.
func declareUTF8(page []byte) []byte {
	head := bytes.ToValidUTF8(page[:min(len(page), headLength)], nil)
	says := ""
	extract.Walk(head, []string{"charset", "http-equiv", "content"}, func(t *extract.Tag) {
		if t.Name != "meta" || says != "" {
			return
		}
		says, _ = t.Get("charset")
		if how, _ := t.Get("http-equiv"); says == "" && strings.EqualFold(how, "content-type") {
			content, _ := t.Get("content")
			_, says, _ = strings.Cut(strings.ToLower(content), "charset=")
		}
	}, func(int, int, bool) {})
	if isUTF8(strings.Trim(says, "\"' \t\n\f\r;")) || bytes.HasPrefix(page, []byte(byteOrderMark)) {
		return page
	}
	return append([]byte(byteOrderMark), page...)
}

func isUTF8(label string) bool {
	return strings.EqualFold(label, "utf-8") || strings.EqualFold(label, "utf8")
}

// asUTF8 is a text in UTF-8, which was in the encoding that its byte order mark, its server or, of a style sheet, its beginning tells. A text that no
// browser would take for anything else is left as it is: one that pages refer to is read as they are, one that stands alone is guessed at.
func asUTF8(b []byte, charset string, alone bool) []byte {
	switch {
	case bytes.HasPrefix(b, []byte(byteOrderMark)):
		return b
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return decoded(b[2:], "utf-16be")
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		return decoded(b[2:], "utf-16le")
	}
	const at = `@charset "`
	if charset == "" && bytes.HasPrefix(b, []byte(at)) {
		name, _, _ := bytes.Cut(b[len(at):min(len(b), headLength)], []byte{'"'})
		charset = string(name)
		if strings.HasPrefix(strings.ToLower(charset), "utf-16") {
			charset = "utf-8" // as the standard has it: it was read as ASCII
		}
	}
	switch {
	case isUTF8(charset), charset == "" && utf8.Valid(b):
		if ascii(b) || !alone && !bytes.HasPrefix(b, []byte(at)) { // what it says of itself may be another encoding
			return b
		}
		return append([]byte(byteOrderMark), b...)
	case charset == "":
		charset = "windows-1252"
	}
	return decoded(b, charset)
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// decoded is b in UTF-8 with a byte order mark, where that makes a difference.
func decoded(b []byte, charset string) []byte {
	enc, err := htmlindex.Get(charset)
	if err != nil {
		enc = charmap.Windows1252
	}
	text, err := enc.NewDecoder().Bytes(b)
	if err != nil || bytes.Equal(text, b) {
		return b
	}
	return append([]byte(byteOrderMark), text...)
}
