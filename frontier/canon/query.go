package canon

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

// encodeQuery percent-encodes the query of an http URL after encoding it in enc (WHATWG URL, sections 1.3 and 4.4).
// What enc cannot express becomes the escaped form of a decimal character reference: %26%23 digits %3B.
func encodeQuery(q string, enc encoding.Encoding) string {
	i := 0
	for i < len(q) && !escapedInQuery(q[i]) {
		i++
	}
	if i == len(q) {
		return q
	}
	if enc != nil && !extendsASCII(enc) {
		enc = nil
	}
	out := make([]byte, i, len(q)+len(q)/2)
	copy(out, q[:i])
	for i < len(q) {
		if q[i] < utf8.RuneSelf {
			out = appendQuery(out, q[i:i+1])
			i++
			continue
		}
		n := i
		for n < len(q) && q[n] >= utf8.RuneSelf {
			n++
		}
		run := toValid(q[i:n])
		if enc == nil {
			out = appendQuery(out, run)
		} else {
			out = appendEncoded(out, run, enc)
		}
		i = n
	}
	return string(out)
}

// appendEncoded appends a run of non-ASCII characters in enc. Each is encoded to its end, but for neighbours in a stateful encoding
// (ISO-2022-JP): that is back in ASCII behind what it can express.
func appendEncoded(out []byte, run string, enc encoding.Encoding) []byte {
	e := enc.NewEncoder()
	var octets [16]byte
	var stateful []byte // what ISO-2022-JP has for the characters so far
	flush := func() {
		if len(stateful) > 0 {
			b, _ := e.Bytes(stateful)
			out = appendQuery(out, string(b))
			stateful = stateful[:0]
		}
	}
	var in [utf8.UTFMax]byte
	for _, written := range run {
		r := jisMapped(enc, written)
		char := utf8.AppendRune(in[:0], r)
		e.Reset()
		n, _, err := e.Transform(octets[:], char, true)
		said := ""
		if err == nil {
			said = string(octets[:n])
		}
		switch now := standard(enc, r, said); {
		case now == "":
			flush()
			out = append(out, "%26%23"...)
			out = strconv.AppendInt(out, int64(written), 10)
			out = append(out, "%3B"...)
		case enc == japanese.ISO2022JP && now == said:
			stateful = append(stateful, char...)
		default:
			flush()
			out = appendQuery(out, now)
		}
	}
	flush()
	return out
}

// appendQuery appends octets, those escaped that the special-query percent-encode set holds.
func appendQuery(out []byte, s string) []byte {
	for _, c := range []byte(s) {
		if escapedInQuery(c) {
			out = append(out, '%', upperHex[c>>4], upperHex[c&15])
		} else {
			out = append(out, c)
		}
	}
	return out
}

// escapedInQuery reports whether c is in the special-query percent-encode set.
func escapedInQuery(c byte) bool {
	return c <= ' ' || c > '~' || c == '"' || c == '#' || c == '\'' || c == '<' || c == '>'
}

// extendsASCII reports whether enc writes ASCII as it is. All encodings of the web do but UTF-16, in whose place the
// standard puts UTF-8.
func extendsASCII(enc encoding.Encoding) bool {
	s, err := enc.NewEncoder().String("a")
	return err == nil && s == "a"
}

// toValid puts U+FFFD in the place of each octet of s that is not UTF-8.
func toValid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}
