package export

import (
	"strings"

	"amble/crawler/page"
)

// xmlEscapes are the characters that XML has a use for, in texts and in attributes.
var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;", "\uFFFE", "", "\uFFFF", "")

// xmlText is s as one line of text for XML 1.0, which has no place for most control characters, even escaped.
func xmlText(s string) string { return xmlEscapes.Replace(page.OneLine(s)) }
