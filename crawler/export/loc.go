package export

import (
	"fmt"
	"strings"
)

// loc is a canonical URL as a sitemap has it, which is as RFC 3986 has it (sitemaps.org, "Entity escaping"). The URL standard leaves some
// characters alone that have no place there; percent-encoded they mean the same to a server.
func loc(url string) string {
	i := strings.Index(url, "//") + 2
	i += max(strings.IndexByte(url[i:], '/'), 0) // behind the host, which is as it should be and may have brackets
	var b strings.Builder
	b.WriteString(url[:i])
	for ; i < len(url); i++ {
		c := url[i]
		encoded := c == '%' && i+2 < len(url) && hexadecimal(url[i+1]) && hexadecimal(url[i+2])
		if encoded || letter(c) || digit(c) || strings.IndexByte("-.~!$&'()*+,;=:@/?", c) >= 0 { // letter has the underscore
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func hexadecimal(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
