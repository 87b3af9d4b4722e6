package fetch

import (
	"bytes"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"github.com/wlynxg/chardet/consts"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	utf8Name = "utf-8"
	// lastResort is what an undeclared page is in that no detector knows, as in browsers of western locales.
	lastResort = "windows-1252"
	// detectLen is how much the detector sees: no page was found for which more of it would have helped.
	detectLen = 8 << 10
)

var bom = []byte("\uFEFF")

// decodeCharset brings an HTML page into UTF-8. Its encoding is, by the first of these that tells: a byte order mark,
// the declared label (of the Content-Type), a meta element or XML declaration near the beginning, UTF-8 if all of body is
// valid as such, a detector, windows-1252. Labels that the WHATWG Encoding standard does not know are passed over;
// those of dangerous encodings (iso-2022-kr, hz-gb-2312) give its "replacement", a lone U+FFFD.
//
// cut tells that body may end within a character. enc is nil where queries are encoded in UTF-8. The text is a part of
// body if that is UTF-8 already; otherwise it is appended to dst, and copied is true.
func decodeCharset(body []byte, declared string, cut bool, dst []byte) (text []byte, name string, enc encoding.Encoding, copied bool) {
	name, enc = declaration(body, declared)
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
		name, enc = detect(body)
	}
	text, _, err := transform.Append(enc.NewDecoder().Transformer, dst, body)
	if err != nil && len(text) == 0 {
		text = append(text[:0], "\uFFFD"...)
	}
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
	if len(label) > 40 { // no label is half as long
		return "", nil
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

// detectorNames are the detector's names that are no WHATWG labels. It takes much for one of the Macintosh encodings,
// but no undeclared page of today is in one, and their Windows twins share most letters. What it finds beyond these and
// the labels (UTF-32, EUC-TW, Johab, the escape encodings) no browser reads either.
var detectorNames = map[string]string{
	consts.CP932:       "shift_jis",
	consts.CP949:       "euc-kr",
	consts.MacCyrillic: "windows-1251",
	consts.MacRoman:    lastResort,
}

// detect guesses the encoding of text that is not UTF-8, from the part where it stops being ASCII: many pages begin with
// kilobytes of scripts. Its time is linear in detectLen, whatever the text.
func detect(body []byte) (name string, enc encoding.Encoding) {
	first := bytes.IndexFunc(body, func(r rune) bool { return r >= utf8.RuneSelf })
	from := max(0, first-256) &^ 1 // even, for UTF-16
	guess := chardet.Detect(body[from:min(len(body), from+detectLen)]).Encoding
	if label, ok := detectorNames[guess]; ok {
		guess = label
	}
	name, enc = lookup(guess)
	if enc == nil || name == "replacement" || name == utf8Name {
		return lookup(lastResort)
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
