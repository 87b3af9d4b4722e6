package canon

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// resolvePath is the path that follows from a reference: dir is a canonical path up to the slash, not included, that the
// reference begins after, and path is the rest, from a cleaned reference (WHATWG URL, section 4.4, path state). A backslash
// counts as a slash. The time is linear: an octet of dir and path is written once and taken away at most once.
func resolvePath(dir, path string) string {
	if strings.IndexByte(path, '\\') >= 0 {
		path = strings.ReplaceAll(path, `\`, "/")
	}
	out := make([]byte, len(dir), len(dir)+len(path)+len(path)/2+1)
	copy(out, dir)
	for more := true; more; {
		var segment string
		segment, path, more = strings.Cut(path, "/")
		switch dots(segment) {
		case 1:
		case 2:
			out = out[:max(0, bytes.LastIndexByte(out, '/'))]
		default:
			out = appendPath(append(out, '/'), segment)
			continue
		}
		if !more {
			out = append(out, '/')
		}
	}
	return normalize(string(out))
}

// dots is 1 for a segment that stands for its directory, 2 for one that stands for the directory above, else 0.
func dots(segment string) int {
	n := 0
	for segment != "" {
		switch {
		case segment[0] == '.':
			segment = segment[1:]
		case strings.HasPrefix(segment, "%2e"), strings.HasPrefix(segment, "%2E"):
			segment = segment[3:]
		default:
			return 0
		}
		if n++; n > 2 {
			return 0
		}
	}
	return n
}

// appendPath appends a segment, those octets escaped that the path percent-encode set holds. What is not UTF-8 in it
// becomes U+FFFD.
func appendPath(out []byte, segment string) []byte {
	if !utf8.ValidString(segment) {
		segment = toValid(segment)
	}
	for _, c := range []byte(segment) {
		if c <= ' ' || c > '~' || strings.IndexByte("\"#<>?^`{}", c) >= 0 {
			out = append(out, '%', upperHex[c>>4], upperHex[c&15])
		} else {
			out = append(out, c)
		}
	}
	return out
}
