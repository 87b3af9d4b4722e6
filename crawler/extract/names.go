package extract

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

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
	blockElement: "address article aside blockquote br caption center dd details dialog dir div dl dt fieldset figcaption figure footer form " +
		"h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu nav ol optgroup option p pre search section summary table td th tr ul",
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
	// short are the names of one word, each in the slot that factor sends it to.
	short [512]struct {
		word uint64 // the name
		tag  *tag
	}
	factor  uint64
	long    []*tag
	unknown *tag
}

func (t *tagTable) slot(word uint64) uint64 { return word * t.factor >> (64 - 9) }

// fill gives all short names their slots, and reports whether none of them want the same.
func (t *tagTable) fill(all []*tag) bool {
	clear(t.short[:])
	for _, tag := range all {
		word := uint64(0)
		for i, c := range []byte(tag.name) {
			word |= uint64(c) << (8 * i)
		}
		s := &t.short[t.slot(word)]
		if s.tag != nil {
			return false
		}
		s.word, s.tag = word, tag
	}
	return true
}

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
	t := &tagTable{unknown: &tag{}, factor: 0x392E6310110F8A3B}
	var short []*tag
	for name, tag := range all {
		if len(name) > shortName {
			t.long = append(t.long, tag)
		} else {
			short = append(short, tag)
		}
	}
	for !t.fill(short) { // which the factor spares, as long as the names stay as they are
		t.factor = t.factor*6364136223846793005 + 1442695040888963407
	}
	return t
}()

// read reads the name of the tag that begins at p: what it says of the tag, and where it ends.
func (t *tagTable) read(b []byte, p int) (*tag, int) {
	if p+8 > len(b) {
		return t.readSlowly(b, p)
	}
	eight := binary.LittleEndian.Uint64(b[p:])
	n := lettersAt(eight)
	if n == 8 || nameBytes[b[p+n]] != 0 {
		return t.readSlowly(b, p)
	}
	return t.named((eight | each(' ')) & (1<<(8*n) - 1)), p + n
}

// lettersAt is how many bytes eight begins with that are letters, or such other characters of ASCII as stand in one column with
// them: none ends the name of a tag or of an attribute, and none becomes a letter where those become lower case.
func lettersAt(eight uint64) int { return bits.TrailingZeros64((^(eight<<1)|eight)&each(0x80)) / 8 }

// each is a word of eight equal bytes.
func each(b byte) uint64 { return uint64(b) * 0x0101010101010101 }

// named is what a name of one word says.
func (t *tagTable) named(word uint64) *tag {
	if s := &t.short[t.slot(word)]; s.word == word && s.tag != nil {
		return s.tag
	}
	return t.unknown
}

// readSlowly is read, byte by byte.
func (t *tagTable) readSlowly(b []byte, p int) (*tag, int) {
	start, word := p, uint64(0)
	for p < len(b) {
		c := nameBytes[b[p]]
		if c == 0 {
			break
		}
		word |= uint64(c) << (8 * (p - start)) // nothing of what is behind a word
		p++
	}
	if p-start > shortName {
		return t.readLong(b[start:p]), p
	}
	return t.named(word), p
}

func (t *tagTable) readLong(name []byte) *tag {
	for _, tag := range t.long {
		if isToken(name, tag.name) {
			return tag
		}
	}
	return t.unknown
}
