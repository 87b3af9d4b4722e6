package fetch

import (
	"maps"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// conditions adds those of the request to its header, which others share.
func (o *Request) conditions(header http.Header) http.Header {
	if o.IfNoneMatch == "" && o.IfModifiedSince == "" {
		return header
	}
	header = maps.Clone(header)
	// A condition that the user sends with every request is about some other page.
	delete(header, "If-None-Match")
	delete(header, "If-Modified-Since")
	if o.IfNoneMatch != "" {
		header["If-None-Match"] = []string{o.IfNoneMatch}
	}
	if o.IfModifiedSince != "" {
		header["If-Modified-Since"] = []string{o.IfModifiedSince}
	}
	return header
}

// maxValidator is how long a validator may be that is sent back, in bytes. Those of real servers have some forty.
const maxValidator = 1 << 10

// CanMatch reports whether an ETag can be sent back as If-None-Match: it must be an entity tag (RFC 9110, section 8.8.3). Above
// all it must not be "*", which any page matches.
func CanMatch(etag string) bool {
	tag, quoted := strings.CutPrefix(strings.TrimPrefix(etag, "W/"), `"`)
	tag, closed := strings.CutSuffix(tag, `"`)
	return quoted && closed && !strings.Contains(tag, `"`) && len(etag) <= maxValidator && httpguts.ValidHeaderFieldValue(etag)
}

// SameTag reports whether two ETags stand for the same page by weak comparison (RFC 9110, section 8.8.3.2). A suffix that servers
// add for a content coding, as in "abc-gzip", makes no difference: a 304 often comes without it.
func SameTag(a, b string) bool { return opaque(a) == opaque(b) }

func opaque(etag string) string {
	tag := strings.Trim(strings.TrimPrefix(etag, "W/"), `"`)
	for _, coding := range []string{"gzip", "br", "deflate", "zstd"} {
		if plain, ok := strings.CutSuffix(tag, coding); ok {
			if cut := strings.TrimRight(plain, "-;:"); cut != plain {
				return cut
			}
		}
	}
	return tag
}
