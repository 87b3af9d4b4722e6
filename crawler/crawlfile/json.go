package crawlfile

import (
	"maps"
	"slices"
	"unicode/utf8"

	"amble/crawler/page"
)

// The JSON columns are written by hand: encoding/json takes more than twice as long (BenchmarkAppendLinks), and a
// page has a hundred links. A fuzz test holds the output equal to that of encoding/json with HTML characters left alone.

// perEntry is about what JSON adds to the texts of a link or an image. Room is made for all at once: a page's URLs may be 32 MiB, and
// growing to that would take as much again.
const perEntry = 32

func appendLinks(b []byte, links []page.Link) []byte {
	size := 2
	for i := range links {
		size += perEntry + len(links[i].URL) + len(links[i].Rel) + len(links[i].Text)
	}
	b = slices.Grow(b, size)
	b = append(b, '[')
	for i, l := range links {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"url":`...), l.URL)
		if l.Rel != "" {
			b = appendString(append(b, `,"rel":`...), l.Rel)
		}
		if l.Text != "" {
			b = appendString(append(b, `,"text":`...), l.Text)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendImages(b []byte, images []page.Image) []byte {
	size := 2
	for i := range images {
		size += perEntry + len(images[i].Src) + len(images[i].Alt)
	}
	b = slices.Grow(b, size)
	b = append(b, '[')
	for i, m := range images {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"src":`...), m.Src)
		if m.Alt != "" {
			b = appendString(append(b, `,"alt":`...), m.Alt)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendMeta(b []byte, meta []page.Meta) []byte {
	b = append(b, '[')
	for i, m := range meta {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"name":`...), m.Name)
		b = appendString(append(b, `,"content":`...), m.Content)
		b = append(b, '}')
	}
	return append(b, ']')
}

// fieldsJSON is a page's fields for their column, in byte order of names; nil if there are none.
func fieldsJSON(fields map[string][]string) any {
	if len(fields) == 0 {
		return nil
	}
	b := []byte{'{'}
	for i, name := range slices.Sorted(maps.Keys(fields)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':', '[')
		for k, v := range fields[name] {
			if k > 0 {
				b = append(b, ',')
			}
			b = appendString(b, v)
		}
		b = append(b, ']')
	}
	return string(append(b, '}'))
}

// plainByte tells the ASCII bytes that stand for themselves in a JSON string.
var plainByte = func() (t [utf8.RuneSelf]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

const hexDigits = "0123456789abcdef"

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if plainByte[c] {
				i++
				continue
			}
			b = appendEscape(append(b, s[done:i]...), c)
			i++
			done = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(append(b, s[done:i]...), `\ufffd`...)
			done = i + n
		case r == '\u2028' || r == '\u2029': // line ends to JavaScript
			b = append(append(b, s[done:i]...), `\u202`...)
			b = append(b, hexDigits[r&0xf])
			done = i + n
		}
		i += n
	}
	return append(append(b, s[done:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}
