package canon

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
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

// appendEncoded appends a run of non-ASCII characters in enc. The run is encoded in pieces that the encoding can
// express, each to its end, so that a stateful encoding (ISO-2022-JP) is back in ASCII after each.
func appendEncoded(out []byte, run string, enc encoding.Encoding) []byte {
	e := enc.NewEncoder()
	for run != "" {
		b, n, err := transform.String(e, run)
		if err != nil {
			b, _, _ = transform.String(e, run[:n]) // once more, now to its end
		}
		out = appendQuery(out, b)
		if run = run[n:]; run == "" {
			break
		}
		r, size := utf8.DecodeRuneInString(run)
		out = append(out, "%26%23"...)
		out = strconv.AppendInt(out, int64(r), 10)
		out = append(out, "%3B"...)
		run = run[size:]
	}
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
