package fetch

import (
	"strings"

	"golang.org/x/net/http/httpguts"
)

// mediaType is the last valid media type among Content-Type headers, as browsers choose it, in lower case without
// parameters; empty if none is, or if it is one of those that tell a browser to sniff. A header is the server's to
// forge: what is no token/token of sane length is not let through.
func mediaType(values []string) string {
	for i := len(values) - 1; i >= 0; i-- {
		v := values[i]
		if end := strings.IndexAny(v, ";,"); end >= 0 {
			v = v[:end]
		}
		v = strings.ToLower(strings.Trim(v, " \t\r\n"))
		kind, sub, ok := strings.Cut(v, "/")
		if !ok || len(v) > 127 || !httpguts.ValidHeaderFieldName(kind) || !httpguts.ValidHeaderFieldName(sub) {
			continue
		}
		switch v {
		case "unknown/unknown", "application/unknown", "*/*":
			return ""
		}
		return v
	}
	return ""
}

func isHTML(mediaType string) bool {
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}

// declaredCharset is the charset parameter of the Content-Type that mediaType chose; empty if there is none. The first
// one counts, and a missing closing quote is forgiven, as WHATWG MIME Sniffing, section 4.4, has it.
func declaredCharset(values []string) string {
	for i := len(values) - 1; i >= 0; i-- {
		if mediaType(values[i:i+1]) == "" {
			continue
		}
		_, params, _ := strings.Cut(values[i], ";")
		for p := range strings.SplitSeq(params, ";") {
			name, value, ok := strings.Cut(p, "=")
			if ok && strings.EqualFold(strings.TrimSpace(name), "charset") {
				value = strings.TrimSpace(value)
				if strings.HasPrefix(value, `"`) {
					value, _, _ = strings.Cut(value[1:], `"`)
				}
				return value
			}
		}
		return ""
	}
	return ""
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
