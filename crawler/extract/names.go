package extract

// longestName is the length of the longest tag name that matters, "annotation-xml", and a margin.
const longestName = 16

// tagName is the tag name that b begins with, in lower case and in buf; empty if it is too long to matter.
// b is the raw token behind its < or </: the tokenizer's own TagName makes two copies of every name.
func tagName(b []byte, buf *[longestName]byte) []byte {
	for i, c := range b {
		switch {
		case c == '>' || c == '/' || c == ' ' || '\t' <= c && c <= '\r' && c != '\v':
			return buf[:i]
		case i == longestName:
			return nil
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return nil
}

// An element is a kind of HTML element, as far as the scanner tells them apart.
type element uint8

const (
	other element = iota
	anchorElement
	areaElement
	frameElement
	iframeElement
	imageElement
	metaElement
	linkElement
	baseElement
	htmlElement
	titleElement
	templateElement
	noscriptElement
	svgElement
	mathElement
	rawElement   // its content is text, of no interest here
	blockElement // it begins and ends a line of text
)

func elementOf(name []byte) element {
	switch string(name) {
	case "a":
		return anchorElement
	case "area":
		return areaElement
	case "frame":
		return frameElement
	case "iframe":
		return iframeElement
	case "img", "image": // HTML, "in body": image is to be read as img
		return imageElement
	case "meta":
		return metaElement
	case "link":
		return linkElement
	case "base":
		return baseElement
	case "html":
		return htmlElement
	case "title":
		return titleElement
	case "template":
		return templateElement
	case "noscript":
		return noscriptElement
	case "svg":
		return svgElement
	case "math":
		return mathElement
	case "script", "style", "textarea", "xmp", "noembed", "noframes", "plaintext":
		return rawElement
	case "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption", "figure",
		"footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "option", "p", "pre",
		"section", "table", "td", "th", "tr", "ul":
		return blockElement
	}
	return other
}

// breaksOut tells whether a start tag ends the svg or math that it stands in, for it must be HTML (HTML, "the rules for
// parsing tokens in foreign content"); a font element does only with some attributes.
func breaksOut(name []byte) bool {
	switch string(name) {
	case "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2",
		"h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby",
		"s", "small", "span", "strike", "strong", "sub", "sup", "table", "tt", "u", "ul", "var":
		return true
	}
	return false
}
