package fetch

import (
	"strings"

	"golang.org/x/net/http/httpguts"
)

// contentType is what all values of Content-Type together say, as browsers read them (Fetch, "extract a MIME type"): the media type, in lower case
// without parameters, and its charset. The type is empty if none is valid, or if it is one of those that tell a browser to sniff, the charset if there is none.
//
// The last valid value counts, and one that names no charset keeps that of those before it which name the same type. A header is the
// server's to forge: what is no token/token of sane length is not let through.
func contentType(values []string) (essence, charset string) {
	inherited := ""
	for _, rest := range values {
		for more := true; more; {
			var value string
			value, rest, more = cutValue(rest)
			t, c, declared := parseType(value)
			switch {
			case t == "" || t == "*/*":
				continue
			case t != essence:
				essence, inherited = t, c
			case !declared:
				c = inherited
			}
			charset = c
		}
	}
	switch essence {
	case "unknown/unknown", "application/unknown":
		return "", ""
	}
	return essence, charset
}

// cutValue cuts the first value from a list of them; a comma within quotes is none that separates (Fetch, "get, decode, and split").
func cutValue(list string) (value, rest string, more bool) {
	for i := 0; i < len(list); i++ {
		switch list[i] {
		case ',':
			return list[:i], list[i+1:], true
		case '"':
			_, after := quoted(list[i+1:])
			i = len(list) - len(after) - 1
		}
	}
	return list, "", false
}

// quoted reads the quoted string that begins before s. A closing quote that is missing is forgiven (Fetch, "collect an HTTP quoted string").
func quoted(s string) (value, rest string) {
	i := strings.IndexAny(s, `"\`)
	if i < 0 {
		return s, ""
	}
	if s[i] == '"' {
		return s[:i], s[i+1:]
	}
	out := []byte(s[:i])
	for ; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out = append(out, s[i])
	}
	return string(out), s[min(i+1, len(s)):]
}

const httpSpace = " \t\r\n"

// parseType reads one media type (MIME Sniffing, "parse a MIME type"): its essence, empty if it is not valid, and its first parameter
// charset.
func parseType(s string) (essence, charset string, declared bool) {
	essence, rest, more := strings.Cut(s, ";")
	essence = strings.ToLower(strings.Trim(essence, httpSpace))
	kind, sub, ok := strings.Cut(essence, "/")
	if !ok || len(essence) > 127 || !isHeaderToken(kind) || !isHeaderToken(sub) {
		return "", "", false
	}
	for more && !declared {
		rest = strings.TrimLeft(rest, httpSpace)
		i := strings.IndexAny(rest, ";=")
		if i < 0 {
			break
		}
		name, separator := rest[:i], rest[i]
		if rest = rest[i+1:]; separator == ';' {
			continue
		}
		var value string
		inQuotes := strings.HasPrefix(rest, `"`)
		if inQuotes {
			value, rest = quoted(rest[1:])
			_, rest, more = strings.Cut(rest, ";")
		} else {
			value, rest, more = strings.Cut(rest, ";")
			value = strings.TrimRight(value, httpSpace)
		}
		if strings.EqualFold(name, "charset") && (inQuotes || value != "") && !strings.ContainsFunc(value, isControl) {
			charset, declared = value, true
		}
	}
	return essence, charset, declared
}

func isHeaderToken(s string) bool { return httpguts.ValidHeaderFieldName(s) }

// isControl tells whether r may not stand in a quoted string.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7F }

func isHTML(mediaType string) bool {
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}

// firstLanguage is the first tag of a Content-Language header, if it is shaped like one (RFC 5646).
func firstLanguage(v string) string {
	v, _, _ = strings.Cut(v, ",")
	v = strings.Trim(v, " \t")
	if len(v) > 63 {
		return ""
	}
	for _, c := range []byte(v) {
		if c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return ""
		}
	}
	return v
}
