package politeness

import (
	"bytes"
	"strings"
	"unicode/utf16"
)

// maxLine is how many octets of a line count. Google's parser reads as many, eight times the longest URL that
// browsers used to take; what it cuts off a Disallow makes the rule wider, not narrower.
const maxLine = 2083*8 - 1

// decode makes text of the bytes of a robots.txt: UTF-8 or anything like it without its byte order mark, or UTF-16 with
// one. UTF-16 without a mark is known by the zero beside its first character. Cut reports that the body was longer
// than [MaxRobots]; the text then ends with the last whole line within it.
func decode(body []byte) (text string, cut bool) {
	cut = len(body) > MaxRobots
	if cut {
		body = body[:MaxRobots]
	}
	switch {
	case bytes.HasPrefix(body, []byte{0xFF, 0xFE}):
		text = decodeUTF16(body[2:], 0)
	case bytes.HasPrefix(body, []byte{0xFE, 0xFF}):
		text = decodeUTF16(body[2:], 1)
	case len(body) >= 2 && body[0] != 0 && body[1] == 0:
		text = decodeUTF16(body, 0)
	case len(body) >= 2 && body[0] == 0 && body[1] != 0:
		text = decodeUTF16(body, 1)
	default:
		// Google's parser skips a torn mark as well.
		for _, c := range []byte{0xEF, 0xBB, 0xBF} {
			if len(body) == 0 || body[0] != c {
				break
			}
			body = body[1:]
		}
		text = string(body)
	}
	if cut {
		text = text[:strings.LastIndexAny(text, "\r\n")+1]
	}
	return text, cut
}

// decodeUTF16 decodes b, whose low octets stand after the high ones if low is 1, before them if it is 0. An odd
// octet at the end is dropped.
func decodeUTF16(b []byte, low int) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i+low]) | uint16(b[2*i+1-low])<<8
	}
	return string(utf16.Decode(units))
}

// nextLine cuts the first line off text. Lines end with LF, CR or CRLF.
func nextLine(text string) (line, rest string) {
	i := strings.IndexAny(text, "\r\n")
	if i < 0 {
		return text, ""
	}
	line, rest = text[:i], text[i+1:]
	if text[i] == '\r' {
		rest = strings.TrimPrefix(rest, "\n")
	}
	return line, rest
}

// blank is what separates words on a line.
const blank = " \t\v\f"

// field is what a line says: its key and its value, and both as written. As in Google's parser a line of exactly two
// words needs no colon, and a NUL ends the line. Around keys and values all white space of Unicode is trimmed, because
// real files end "Disallow: /members" with a no-break space. Ok is false if there is no key; written is then what is
// there instead, empty for a blank line or a comment.
func field(line string) (key, value, written string, ok bool) {
	if i := strings.IndexAny(line, "#\x00"); i >= 0 {
		line = line[:i]
	}
	written = strings.TrimSpace(line)
	key, value, colon := strings.Cut(written, ":")
	if !colon {
		i := strings.IndexAny(written, blank)
		if i < 0 {
			return "", "", written, false
		}
		key, value = written[:i], strings.TrimSpace(written[i:])
		if strings.ContainsAny(value, blank) {
			return "", "", written, false
		}
	}
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	return key, value, written, key != ""
}

// A keyword is what the key of a line means.
type keyword int

const (
	unknown keyword = iota
	userAgent
	allow
	disallow
	crawlDelay
	sitemap
)

// spellings are the beginnings of keys, in lower case. That the beginning suffices and which misspellings are taken
// is as in Google's parser; "diaslow" and the spellings of Crawl-delay, which it does not know, are amble's. Allow
// has no misspellings: what is not understood opens nothing.
var spellings = []struct {
	prefix string
	word   keyword
}{
	{"disallow", disallow},
	{"allow", allow},
	{"user-agent", userAgent},
	{"sitemap", sitemap},
	{"crawl-delay", crawlDelay},
	{"dissallow", disallow},
	{"dissalow", disallow},
	{"disalow", disallow},
	{"diasllow", disallow},
	{"diaslow", disallow},
	{"disallaw", disallow},
	{"useragent", userAgent},
	{"user agent", userAgent},
	{"site-map", sitemap},
	{"crawldelay", crawlDelay},
	{"crawl delay", crawlDelay},
}

func keywordOf(key string) keyword {
	for i := range spellings {
		if s := &spellings[i]; len(key) >= len(s.prefix) && strings.EqualFold(key[:len(s.prefix)], s.prefix) {
			return s.word
		}
	}
	return unknown
}
