package mirror

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"

	"amble/crawler/extract"
	"amble/frontier/canon"
)

// attributes are those that a copy may have to change, and those that say what becomes of them.
var attributes = []string{
	"href", "src", "xlink:href", "srcset", "imagesrcset", "poster", "background", "data", "longdesc", "cite", "lowsrc", "dynsrc",
	"fill", "stroke", "filter", "mask", "clip-path", "cursor", "marker", "marker-start", "marker-mid", "marker-end",
	"action", "formaction", "method", "style", "srcdoc", "content", "http-equiv", "charset", "rel", "integrity", "crossorigin",
}

// maxFrames is how deep pages within srcdoc attributes are changed.
const maxFrames = 4

// The bounds on what the references of one document become, in bytes: for each the URL that it is resolved against, itself, and what is
// put in its place. A page of a few KB may have a base of 60. Beyond minRoom a document has roomShare for each of its own bytes, up to
// maxRoom; of what it says after that, references lead nowhere.
const (
	minRoom   = 1 << 20
	roomShare = 32
	maxRoom   = 64 << 20
)

// document is one page, or style sheet, whose references are to be changed.
type document struct {
	room     *int      // what is left of the bounds, the frames' too
	at       canon.URL // its own URL
	base     canon.URL // by which its references are resolved
	name     string    // of its file
	encoding encoding.Encoding
	find     func(canon.URL) (name string, ok bool) // the file that holds what is at a URL, redirects followed
	xhtml    bool                                   // it is a page in XML
	frames   int                                    // srcdoc attributes around it
	withBase bool                                   // a base element, which the copy does not have, says what base is
}

// newDocument is a page or style sheet of so many bytes at a URL.
func newDocument(at canon.URL, size int) *document {
	room := min(minRoom+roomShare*size, maxRoom)
	return &document{room: &room, at: at, base: at}
}

// afford takes so many bytes off the room that is left, and reports whether there were as many.
func (d *document) afford(n int) bool {
	*d.room -= n
	return *d.room >= 0
}

// edit puts a text in the place of a part of the page.
type edit struct {
	from, to int
	text     string
}

// html is the page with its references changed, byte for byte the same otherwise. The page must be valid UTF-8.
func (d *document) html(body []byte) []byte {
	if d.frames == 0 { // a frame's page has the base of the page around it
		d.readBase(body)
	}
	var edits []edit
	if d.frames == 0 {
		edits = d.instructions(edits, body)
	}
	extract.Options{XML: d.xhtml}.Walk(body, attributes, func(t *extract.Tag) { edits = d.tag(edits, t) }, func(from, to int, escaped bool) {
		said := string(body[from:to])
		if escaped {
			said = html.UnescapeString(said)
		}
		now := sheetEdits(said, d.sheetChange())
		switch {
		case now == said:
		case escaped:
			edits = append(edits, edit{from, to, html.EscapeString(now)})
		default:
			edits = append(edits, edit{from, to, now})
		}
	})
	return apply(body, edits)
}

func apply(body []byte, edits []edit) []byte {
	if len(edits) == 0 {
		return body
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	size := len(body)
	for _, e := range edits {
		size += len(e.text) - (e.to - e.from)
	}
	var out bytes.Buffer
	out.Grow(size)
	at := 0
	for _, e := range edits {
		out.Write(body[at:e.from])
		out.WriteString(e.text)
		at = e.to
	}
	out.Write(body[at:])
	return out.Bytes()
}

// readBase looks for the page's base URL: the first base element that names one.
func (d *document) readBase(body []byte) {
	if !bytes.Contains(bytes.ToLower(body), []byte("<base")) {
		return
	}
	extract.Options{XML: d.xhtml}.Walk(body, []string{"href"}, func(t *extract.Tag) {
		if href, ok := t.Get("href"); ok && t.Name == "base" && !t.Inert && !d.withBase {
			d.withBase = true
			if u, err := d.at.ResolveIn(href, d.encoding); err == nil {
				d.base = u
			}
		}
	}, func(int, int, bool) {})
}

// tag adds what is to be changed of a start tag.
func (d *document) tag(edits []edit, t *extract.Tag) []edit {
	here := false // something of it is a file of the copy
	for i := range t.Attrs {
		a := &t.Attrs[i]
		if t.Name == "base" && a.Name == "href" {
			edits = append(edits, edit{a.Start, a.End, ""})
			continue
		}
		if a.From == a.To {
			continue // it has no value
		}
		now, local, changed := d.attribute(t, a)
		here = here || local
		if changed {
			edits = append(edits, edit{a.From, a.To, quoteHTML(now)})
		}
	}
	if here && (t.Name == "script" || t.Name == "link" || t.Name == "img" || t.Name == "video" || t.Name == "audio") {
		// A file on a disk has no origin that could allow anything, so that nothing which is asked for in this way would be shown.
		for i := range t.Attrs {
			if a := &t.Attrs[i]; a.Name == "integrity" || a.Name == "crossorigin" {
				edits = append(edits, edit{a.Start, a.End, ""})
			}
		}
	}
	return edits
}

// attribute is what an attribute is to say in the copy, and whether it names a file of it.
func (d *document) attribute(t *extract.Tag, a *extract.Attr) (now string, local, changed bool) {
	switch a.Name {
	case "href", "src", "xlink:href", "poster", "background", "longdesc", "cite", "lowsrc", "dynsrc":
		if t.Name == "link" && a.Name == "href" && names(t, "canonical", "shortlink") { // it says where the page is at home
			if now, changed = d.elsewhere(a.Value); now == blank {
				return "", false, false // which nobody asks for
			}
			return now, false, changed
		}
		return d.refer(a.Value)
	case "data":
		if t.Name == "object" {
			return d.refer(a.Value)
		}
	case "action", "formaction":
		// What is sent to a page by GET its scripts may make use of; all else is for the site.
		if how, _ := t.Get("method"); strings.EqualFold(strings.TrimSpace(how), "post") {
			now, changed = d.elsewhere(a.Value)
			return now, false, changed
		}
		return d.refer(a.Value)
	case "srcset", "imagesrcset":
		return d.set(a.Value)
	case "style", "fill", "stroke", "filter", "mask", "clip-path", "cursor", "marker", "marker-start", "marker-mid", "marker-end":
		now = sheetEdits(a.Value, d.sheetChange())
		changed = now != a.Value
	case "srcdoc":
		if d.frames < maxFrames {
			inner := *d
			inner.frames++
			inner.xhtml = false
			now = string(inner.html([]byte(a.Value)))
			changed = now != a.Value
		}
	case "content":
		if how, _ := t.Get("http-equiv"); t.Name == "meta" && strings.EqualFold(strings.TrimSpace(how), "refresh") {
			from, to := extract.RefreshURL(a.Value)
			if from == to {
				break
			}
			if url, here, ok := d.refer(a.Value[from:to]); ok {
				return a.Value[:from] + url + a.Value[to:], here, true
			}
		}
	}
	return now, false, changed
}

// names reports whether the rel attribute has one of the words.
func names(t *extract.Tag, words ...string) bool {
	rel, _ := t.Get("rel")
	for w := range strings.FieldsSeq(strings.ToLower(rel)) {
		if slices.Contains(words, w) {
			return true
		}
	}
	return false
}

// set changes the URLs of a srcset attribute (HTML, "parse a srcset attribute").
func (d *document) set(value string) (now string, local, changed bool) {
	const space = " \t\n\f\r"
	var b strings.Builder
	for rest := value; rest != ""; {
		n := len(rest) - len(strings.TrimLeft(rest, space+","))
		b.WriteString(rest[:n])
		if rest = rest[n:]; rest == "" {
			break
		}
		end := strings.IndexAny(rest, space)
		if end < 0 {
			end = len(rest)
		}
		url := strings.TrimRight(rest[:end], ",")
		if to, here, ok := d.refer(url); ok {
			b.WriteString(strings.ReplaceAll(strings.ReplaceAll(to, " ", "%20"), ",", "%2C"))
			local, changed = local || here, true
		} else {
			b.WriteString(url)
		}
		alone := len(url) < end
		rest = rest[len(url):]
		if alone {
			continue
		}
		depth, i := 0, 0
		for ; i < len(rest) && (rest[i] != ',' || depth > 0); i++ {
			switch rest[i] {
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		b.WriteString(rest[:i])
		rest = rest[i:]
	}
	return b.String(), local, changed
}

// sheet is a style sheet with its references changed.
func (d *document) sheet(css string) string { return sheetEdits(css, d.sheetChange()) }

func (d *document) sheetChange() func(string) (string, bool) {
	return func(url string) (string, bool) {
		if strings.HasPrefix(strings.TrimSpace(url), "#") {
			return "", false // of the document that is shown, wherever it stands
		}
		now, _, ok := d.refer(url)
		return now, ok
	}
}

// blank is put where a reference could lead to what only a file may reach: the reader's disk, or a server for files in their network.
const blank = "about:invalid"

// refer is what a reference is to be in the copy: the way to a file of it, with local set, or else a whole URL. changed is false where it is good as it is.
func (d *document) refer(raw string) (now string, local, changed bool) {
	u, place, ok := d.resolve(raw)
	if !ok {
		return blank, false, place == blank
	}
	if said := strings.TrimSpace(raw); u == d.at && said == "" && !d.withBase {
		return "", true, false
	}
	if u == d.at && place != "" {
		return place, true, place != strings.TrimSpace(raw)
	}
	if name, ok := d.find(u); ok {
		if now = relative(d.name, name) + place; !d.afford(len(now)) {
			return blank, false, true
		}
		return now, true, now != raw
	}
	now, changed = d.whole(raw, u, place)
	return now, false, changed
}

// elsewhere is a reference that leads to the site, whatever the copy has.
func (d *document) elsewhere(raw string) (now string, changed bool) {
	u, place, ok := d.resolve(raw)
	if !ok {
		return blank, place == blank
	}
	return d.whole(raw, u, place)
}

// whole is u with a place in it, and whether that differs from what is written in more than its form.
func (d *document) whole(raw string, u canon.URL, place string) (string, bool) {
	if raw = strings.TrimLeft(raw, " \t\n\f\r"); len(raw) > 8 && (strings.EqualFold(raw[:7], "http://") || strings.EqualFold(raw[:8], "https://")) {
		return raw, false
	}
	if !d.afford(len(u.String()) + len(place)) {
		return blank, true
	}
	return u.String() + place, true
}

// resolve is the URL that a reference names, and its fragment with the #. ok is false for what is no http or https URL; place is blank then, if that must
// not stand in a file.
func (d *document) resolve(raw string) (u canon.URL, place string, ok bool) {
	said := strings.Map(func(r rune) rune { // as the URL standard has it
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, strings.TrimFunc(raw, func(r rune) bool { return r <= ' ' }))
	if s := scheme(said); s != "" && s != "http" && s != "https" {
		if s == "file" {
			place = blank
		}
		return u, place, false
	}
	if !d.afford(len(d.base.String()) + len(said)) {
		return canon.URL{}, blank, false
	}
	u, err := d.base.ResolveIn(said, d.encoding)
	if err != nil {
		return canon.URL{}, blank, false
	}
	if i := strings.IndexByte(said, '#'); i >= 0 {
		place = said[i:]
	}
	return u, place, true
}

// scheme is the scheme that s begins with, in lower case; "" for none.
func scheme(s string) string {
	for i := range len(s) {
		c := s[i]
		switch letter := (c|0x20)-'a' < 26; {
		case letter:
		case i > 0 && c == ':':
			return strings.ToLower(s[:i])
		case i > 0 && (c-'0' < 10 || c == '+' || c == '-' || c == '.'):
		default:
			return ""
		}
	}
	return ""
}

// relative is the reference from one file of a copy to another.
func relative(from, to string) string {
	f, t := strings.Split(from, "/"), strings.Split(to, "/")
	n := 0
	for n < len(f)-1 && n < len(t)-1 && f[n] == t[n] {
		n++
	}
	return strings.Repeat("../", len(f)-1-n) + escapePath(strings.Join(t[n:], "/"))
}

// escapePath is a path as a part of a URL that needs no escaping in HTML or CSS.
func escapePath(p string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(p) {
		switch c := p[i]; {
		case (c|0x20)-'a' < 26, c-'0' < 10, strings.IndexByte("-._~!@=+/", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// quoteHTML is s as the value of an attribute, with its quotes.
func quoteHTML(s string) string { return `"` + html.EscapeString(s) + `"` }
