package extract

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// A Tag is the start tag of an element as it stands in a page, for whoever changes a page here and there and leaves the rest as it is.
type Tag struct {
	Name string // in lower case
	// Inert says that the element is in a template, or in svg or math: what has a meaning for the page as a whole has none there.
	Inert bool
	// Attrs are the attributes that were asked for, in the order of the page; of several with one name the first, which is the one that counts.
	Attrs []Attr
}

// An Attr is an attribute of a Tag. The numbers are offsets in the page.
type Attr struct {
	Name       string // in lower case
	Value      string // what it says, character references read
	Start, End int    // all of it, white space before it included
	// From and To enclose the value as it is written, with its quotes; the same number twice if there is none.
	From, To int
}

// Get is the value of the named attribute; ok is false if the tag has none.
func (t *Tag) Get(name string) (value string, ok bool) {
	for i := range t.Attrs {
		if t.Attrs[i].Name == name {
			return t.Attrs[i].Value, true
		}
	}
	return "", false
}

// Walk hands over each start tag of an HTML page, those in templates and in svg and math included, with those of its attributes that are
// named, and the offsets of the text of each style element: in svg, where character references are read in it, with escaped set. It takes the page apart as [Options.HTML] does. The page must be valid UTF-8, as
// an answer's text is. Neither tag nor what it holds is kept.
func Walk(body []byte, names []string, tag func(*Tag), style func(from, to int, escaped bool)) {
	Options{}.Walk(body, names, tag, style)
}

// Walk is the function Walk under these options, of which XML alone counts.
func (o Options) Walk(body []byte, names []string, tag func(*Tag), style func(from, to int, escaped bool)) {
	if !utf8.Valid(body) {
		panic("extract: a page to walk through that is no UTF-8")
	}
	w := walker{s: newScanner(body, true), names: names, tag: tag}
	w.s.xml, w.s.z.allowCDATA = o.XML, o.XML
	defer w.s.release()
	inStyle := false
	for {
		switch w.s.z.next() {
		case endToken:
			return
		case textToken:
			switch z := &w.s.z; {
			case w.s.raw && inStyle:
				style(z.from, z.to, false)
			case w.s.nest.top() == svgStyleScope:
				style(z.from, z.to, z.from == z.start) // else it is a CDATA section
			}
		case startTagToken:
			w.start()
			w.s.startTag()
			inStyle = w.s.raw && w.s.z.raw != nil && w.s.z.raw.name == "style"
		case endTagToken:
			w.s.endTag()
		}
	}
}

type walker struct {
	s     *scanner
	names []string
	tag   func(*Tag)
	t     Tag
}

// start hands the tag at the tokenizer over.
func (w *walker) start() {
	z := &w.s.z
	w.t.Name = string(bytes.ToLower(z.body[z.start+1 : z.nameEnd]))
	w.t.Inert, w.t.Attrs = w.s.nest.unseen() || w.s.nest.foreign(), w.t.Attrs[:0]
	var a attr
	for p := z.nameEnd; ; {
		before := p
		if p = a.read(z.body, p); a.none {
			break
		}
		key := z.body[a.key:a.keyEnd]
		i := slices.IndexFunc(w.names, func(n string) bool { return len(n) == len(key) && isToken(key, n) })
		if i < 0 || slices.ContainsFunc(w.t.Attrs, func(had Attr) bool { return had.Name == w.names[i] }) {
			continue
		}
		w.s.scratch = w.s.scratch[:0]
		at := Attr{
			Name: w.names[i], Value: string(w.s.decoded(inAttributes, z.body[a.value:a.valueEnd])),
			Start: before, End: a.keyEnd, From: a.value, To: a.valueEnd,
		}
		switch {
		case a.value == a.keyEnd && p > a.keyEnd && bytes.IndexByte(z.body[a.keyEnd:p], '=') >= 0:
			at.End = p // behind an equals sign there is nothing
		case a.value > a.keyEnd: // behind an equals sign
			at.End = a.valueEnd
			if q := z.body[a.value-1]; q == '"' || q == '\'' {
				if a.valueEnd < len(z.body) && z.body[a.valueEnd] == q {
					at.From, at.To = a.value-1, a.valueEnd+1
					at.End = at.To
				}
			}
		}
		w.t.Attrs = append(w.t.Attrs, at)
	}
	w.tag(&w.t)
}

// RefreshURL is where the URL stands in the content of a meta refresh; the same number twice if there is none.
func RefreshURL(content string) (from, to int) {
	b := []byte(content)
	u := refreshURL(b)
	if len(u) == 0 {
		return 0, 0
	}
	from = cap(b) - cap(u) // u is a part of b
	return from, from + len(u)
}
