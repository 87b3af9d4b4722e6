package mirror

import (
	"crypto/sha256"
	"encoding/base32"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"amble/frontier/canon"
)

// The bounds on names: a part of a path, what is left of one that is not used as it is, and a whole path, in bytes. With them a
// copy in a folder with a name of ordinary length fits into the 260 characters that Windows allows.
const (
	maxPart  = 80
	maxClean = 60
	maxName  = 200
)

// longFolder holds the files whose names would be longer than maxName.
const longFolder = "!long"

// Name is the path, with slashes, of the file that holds the body of u in a copy. It depends on the URL and the media type of the
// answer (lower case, without parameters) alone. Different URLs have different names, also where a file system does not tell upper from
// lower case, and none is a folder on the way to another. No part of a name is special to any common system.
//
// The first part is the host (with !http for http, and the port where it is not the scheme's own), the others are those of the URL's path. A
// path that ends in a slash becomes index.html; a query follows behind @. What had to be changed to keep names apart is told by a !: upper-case
// letters by their places (README!1v.txt), an ending that the URL has not (about!.html), and by a hash all that cannot be in a name.
func Name(u canon.URL, mediaType string) string {
	parts := strings.Split(u.Path()[1:], "/")
	last := len(parts) - 1
	var b strings.Builder
	b.WriteString(hostName(u))
	for _, p := range parts[:last] {
		b.WriteByte('/')
		b.WriteString(folderName(p))
	}
	query, asked := "", strings.Contains(u.RequestTarget(), "?")
	if asked {
		query = u.Query()
	}
	b.WriteByte('/')
	b.WriteString(fileName(parts[last], query, asked, mediaType))
	if b.Len() > maxName {
		stem, ext := split(parts[last], mediaType, asked)
		return hostName(u) + "/" + longFolder + "/" + hashed(stem, u.RequestTarget()) + ext
	}
	return b.String()
}

// hostName is the name of the folder for an origin.
func hostName(u canon.URL) string {
	host := u.Host()
	switch {
	case strings.Contains(host, ":"):
		host = "ipv6!" + strings.ReplaceAll(host, ":", "-")
	case !plain(host) || strings.ContainsAny(host, "@~") || host == entryFile || len(host) > maxPart:
		host = hashed(host, host)
	}
	switch port := u.Port(); {
	case u.Scheme() == "http":
		host += "!http" + port
	case port != "":
		host += "!https" + port
	}
	return host
}

func folderName(part string) string {
	if !plain(part) {
		return hashed(part, part)
	}
	mark := caseMark(part)
	if mark == "" && isExtension(part) {
		mark = "0" // or a file could be named so
	}
	if len(part)+len(mark) > maxPart {
		return hashed(part, part)
	}
	return marked(part, mark)
}

// fileName is the last part of a name. asked says that there is a query, which may be empty.
func fileName(part, query string, asked bool, mediaType string) string {
	stem, ext := split(part, mediaType, asked)
	if part == "" {
		stem = "index"
	}
	whole, sum := stem, part
	if asked {
		whole, sum = stem+"@"+query, part+"?"+query
	}
	kept := !asked && part != "" && stem != part
	mark := ""
	if kept {
		mark = caseMark(part)
	} else {
		mark = caseMark(whole)
	}
	if mark == "" && strings.EqualFold(stem, "index") && part != "" && (kept && isFirst(ext) || asked) {
		mark = "0" // the plain name is that of the folder's own page
	}
	switch {
	case part != "" && !plain(part), asked && !plainQuery(query), len(whole)+len(mark)+len(ext) > maxPart:
		return hashed(whole, sum) + ext
	case !kept && !asked && part != "":
		return marked(whole, mark) + "!" + ext
	}
	return marked(whole, mark) + ext
}

// split is the part of a path without its ending, and the ending that its file has: the one that is there, where it says what the
// media type says, or else one for that.
func split(part, mediaType string, asked bool) (stem, ext string) {
	if i := strings.LastIndexByte(part, '.'); i > 0 && !asked {
		if suits(strings.ToLower(part[i+1:]), mediaType) {
			return part[:i], part[i:]
		}
	}
	return part, "." + extensionOf(mediaType)
}

func marked(s, mark string) string {
	if mark == "" {
		return s
	}
	return s + "!" + mark
}

// hashed is what can be kept of s, and a hash of sum.
func hashed(s, sum string) string {
	h := sha256.Sum256([]byte(sum))
	return clean(s) + "!" + hashCoding.EncodeToString(h[:10])
}

// hashCoding is base32hex (RFC 4648, section 7) in lower case.
var hashCoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// longestMark is the greatest length of what caseMark gives: hashes are longer.
const longestMark = 10

// caseMark tells which of the letters in s are upper-case ones: as bits, from the first letter, in digits of base 32. It is empty if none is,
// and too long for a name if the last one stands far behind.
func caseMark(s string) string {
	var bits uint64
	n := 0
	for i := range len(s) {
		c := s[i]
		if letter := (c | 0x20) - 'a'; letter >= 26 {
			continue
		}
		if c < 'a' {
			if n >= 5*longestMark {
				return strings.Repeat("v", maxPart+1)
			}
			bits |= 1 << n
		}
		n++
	}
	if bits == 0 {
		return ""
	}
	return strconv.FormatUint(bits, 32)
}

// plain reports whether a part of a path can be used as it is, but for its upper-case letters.
func plain(s string) bool {
	if s == "" || len(s) > maxPart || s[0] == '.' || s[0] == '-' || s[len(s)-1] == '.' || reserved(s) {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case (c|0x20)-'a' < 26, c-'0' < 10, strings.IndexByte("-._+=,()", c) >= 0:
		case c == '~', c == '@': // ~ elsewhere may be that of a short name of Windows
			if i > 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func plainQuery(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !((c|0x20)-'a' < 26 || c-'0' < 10 || strings.IndexByte("-._+=,()&", c) >= 0) {
			return false
		}
	}
	return true
}

// reserved reports whether Windows takes s for a device, whatever its ending.
func reserved(s string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(s), ".")
	switch stem {
	case "con", "prn", "aux", "nul", "clock$", "conin$", "conout$":
		return true
	}
	return len(stem) == 4 && (stem[:3] == "com" || stem[:3] == "lpt") && stem[3]-'0' < 10
}

// clean is what a reader may recognise s by: letters, digits and the like, percent-encoding undone.
func clean(s string) string {
	if d, err := url.PathUnescape(s); err == nil && utf8.ValidString(d) {
		s = norm.NFC.String(d)
	}
	var b strings.Builder
	for _, r := range s {
		if !(unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' || r == '.' || r == '@' || r == '=') || r == utf8.RuneError {
			r = '_'
		}
		if b.Len()+utf8.RuneLen(r) > maxClean {
			break
		}
		b.WriteRune(r)
	}
	c := b.String()
	if c == "" || c[0] == '.' || c[0] == '-' || reserved(c) {
		c = "_" + c
	}
	return c
}
