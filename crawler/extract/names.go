package extract

import "strings"

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

var elementNames = map[element]string{
	anchorElement:   "a",
	areaElement:     "area",
	frameElement:    "frame",
	iframeElement:   "iframe",
	imageElement:    "img image", // HTML, "in body": image is to be read as img
	metaElement:     "meta",
	linkElement:     "link",
	baseElement:     "base",
	htmlElement:     "html",
	titleElement:    "title",
	templateElement: "template",
	noscriptElement: "noscript",
	svgElement:      "svg",
	mathElement:     "math",
	rawElement:      "script style textarea xmp noembed noframes plaintext",
	blockElement: "address article aside blockquote br caption dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main " +
		"nav ol option p pre section table td th tr ul",
}

// breakingNames are those that cannot be foreign (HTML, "the rules for parsing tokens in foreign content").
const breakingNames = "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta nobr " +
	"ol p pre ruby s small span strike strong sub sup table tt u ul var"

// A tag is what its name says of a tag.
type tag struct {
	name    string // in lower case
	element element
	// scope is what the end tag closes, and the start tag may open.
	scope scope
	// breaksOut tells whether a start tag ends the svg or math that it stands in, for it must be HTML. font tells that this depends on
	// its attributes.
	breaksOut, font bool
}

// shortName is the length of a name that is one word to the processor. Few that matter are longer.
const shortName = 8

// nameBytes are the bytes of names in lower case; zero ends a name. NUL becomes a byte that is in no name that matters.
var nameBytes = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
	}
	for c := 'A'; c <= 'Z'; c++ {
		t[c] = byte(c) + 'a' - 'A'
	}
	t[0] = 1
	for _, c := range htmlSpace + "/>" {
		t[c] = 0
	}
	return t
}()

// tagTable finds tags by their names.
type tagTable struct {
	short [256]struct { // a hash table with room to spare
		word uint64 // the name
		tag  *tag
	}
	long    []*tag
	unknown *tag
}

func slotOf(word uint64) uint8 { return uint8(word * 0x9E3779B97F4A7C15 >> 56) }

var tags = func() *tagTable {
	all := make(map[string]*tag)
	get := func(name string) *tag {
		if all[name] == nil {
			all[name] = &tag{name: name}
		}
		return all[name]
	}
	for e, names := range elementNames {
		for name := range strings.FieldsSeq(names) {
			get(name).element = e
		}
	}
	for s, names := range scopeNames {
		for name := range strings.FieldsSeq(names) {
			get(name).scope = s
		}
	}
	for name := range strings.FieldsSeq(breakingNames) {
		get(name).breaksOut = true
	}
	get("font").font = true
	t := &tagTable{unknown: &tag{}}
	for name, tag := range all {
		if len(name) > shortName {
			t.long = append(t.long, tag)
			continue
		}
		word := uint64(0)
		for _, c := range []byte(name) {
			word = word<<8 | uint64(c)
		}
		i := slotOf(word)
		for t.short[i].tag != nil {
			i++
		}
		t.short[i].word, t.short[i].tag = word, tag
	}
	return t
}()

// read reads the name of the tag that begins at p: what it says of the tag, and where it ends.
func (t *tagTable) read(b []byte, p int) (*tag, int) {
	start, word := p, uint64(0)
	for p < len(b) {
		c := nameBytes[b[p]]
		if c == 0 {
			break
		}
		word = word<<8 | uint64(c)
		p++
	}
	if p-start > shortName {
		return t.readLong(b[start:p]), p
	}
	for i := slotOf(word); ; i++ {
		switch s := &t.short[i]; {
		case s.tag == nil:
			return t.unknown, p
		case s.word == word:
			return s.tag, p
		}
	}
}

func (t *tagTable) readLong(name []byte) *tag {
	for _, tag := range t.long {
		if isToken(name, tag.name) {
			return tag
		}
	}
	return t.unknown
}
