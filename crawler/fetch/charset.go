package fetch

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

const (
	utf8Name = "utf-8"
	// lastResort is what an undeclared page is in whose text tells nothing, as in browsers of western locales.
	lastResort = "windows-1252"
)

var bom = []byte("\uFEFF")

// decodeCharset is decodePage for a page of which nothing but the header's declaration is known.
func decodeCharset(body []byte, declared string, cut bool, dst []byte) (text []byte, name string, enc encoding.Encoding, copied bool) {
	return decodePage(body, hints{charset: declared}, cut, func() []byte { return dst })
}

// decodePage brings an HTML page into UTF-8. Its encoding is, by the first of these that tells: a byte order mark,
// the declared label (of the Content-Type), a meta element or XML declaration near the beginning, UTF-8 if all or nearly all
// of body is valid as such, the language that it reads like, windows-1252. Labels that the WHATWG Encoding standard does
// not know (utf-7, utf-32) are passed over; those of dangerous encodings (iso-2022-kr, hz-gb-2312) give its "replacement", a
// lone U+FFFD.
//
// A declaration is believed, as browsers do, even where the bytes speak against it: page and crawler then agree on what
// its links are. iso-8859-1 and us-ascii mean windows-1252, and the byte order mark of UTF-32, which no browser reads, is
// that of UTF-16 with a character zero behind it.
//
// cut tells that body may end within a character. enc is nil where queries are encoded in UTF-8. The text is a part of
// body if that is UTF-8 already; otherwise it is appended to what dst gives, and copied is true.
func decodePage(body []byte, h hints, cut bool, dst func() []byte) (text []byte, name string, enc encoding.Encoding, copied bool) {
	name, enc = declaration(body, h.charset)
	if enc == nil {
		name, enc = unlikeUTF8(body)
	}
	if enc == nil || name == utf8Name {
		whole := body
		if cut {
			whole = trimPartialRune(body)
		}
		if utf8.Valid(whole) {
			return trimBOM(whole), utf8Name, nil, false
		}
	}
	if enc == nil {
		name, enc = detect(body, h)
	}
	text = appendText(dst(), body, name, enc)
	switch name {
	case utf8Name, "utf-16le", "utf-16be", "replacement":
		enc = nil
	}
	return trimBOM(text), name, enc, true
}

// declaration is the encoding that the page is said to be in, by whatever speaks with most authority; enc is nil if nothing
// does.
func declaration(body []byte, declared string) (name string, enc encoding.Encoding) {
	switch {
	case bytes.HasPrefix(body, bom):
		return utf8Name, unicode.UTF8
	case bytes.HasPrefix(body, []byte("\xFE\xFF")):
		return lookup("utf-16be")
	case bytes.HasPrefix(body, []byte("\xFF\xFE")):
		return lookup("utf-16le")
	}
	if declared != "" {
		if name, enc = lookup(declared); enc != nil {
			return name, enc
		}
	}
	return prescan(body)
}

// lookup finds an encoding by any of its WHATWG labels; enc is nil if there is none.
func lookup(label string) (name string, enc encoding.Encoding) {
	label = strings.Trim(label, "\t\n\f\r ")
	if len(label) > 40 || strings.ContainsFunc(label, func(r rune) bool { return r <= ' ' || r >= utf8.RuneSelf }) {
		return "", nil // htmlindex takes more for blanks and for letters than the standard does
	}
	enc, err := htmlindex.Get(label)
	if err != nil || enc == nil {
		return "", nil
	}
	name, err = htmlindex.Name(enc)
	if err != nil {
		return "", nil
	}
	return name, enc
}

// trimBOM removes byte order marks: the first is the encoding's, and more are no text.
func trimBOM(b []byte) []byte {
	for bytes.HasPrefix(b, bom) {
		b = b[len(bom):]
	}
	return b
}

// trimPartialRune removes from the end of b the beginning of a character whose rest was cut off.
func trimPartialRune(b []byte) []byte {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return b[:i]
			}
			break
		}
	}
	return b
}
