package extract

import (
	"bytes"
	"time"

	"amble/frontier/canon"
)

// isEntry tells whether an element is an entry, and if so, whether it is that of a child sitemap. Both kinds are taken in
// both forms of the protocol, for programs mix them up.
func (f *feed) isEntry(name, prefix []byte) (child, ok bool) {
	if !bytes.Equal(prefix, f.prefix) && f.Form != RDF { // RDF's root has a namespace of its own
		return false, false
	}
	local := name[len(prefix):]
	switch f.Form {
	case URLSet, SitemapIndex:
		child = string(local) == "sitemap"
		return child, child || string(local) == "url"
	case Atom:
		return false, string(local) == "entry"
	default:
		return false, string(local) == "item"
	}
}

func (f *feed) openEntry(name []byte, child bool) {
	f.entry, f.child = append(f.entry[:0], name...), child
	f.from = len(*f.list())
	f.date, f.guid, f.links, f.under = time.Time{}, nil, 0, f.base
	switch f.Form {
	case Atom:
		f.under = f.baseOf(f.base)
	case RDF:
		if about, ok := attribute(f.in.tag, "rdf:about"); ok {
			f.guid = bytes.Clone(about)
		}
	}
}

// fieldOf tells what an element within an entry is.
func (f *feed) fieldOf(name, prefix []byte) field {
	fields := feedFields
	if f.Form == URLSet || f.Form == SitemapIndex {
		fields = sitemapFields
	}
	if !bytes.HasPrefix(f.entry, prefix) || len(prefix) != bytes.IndexByte(f.entry, ':')+1 {
		if string(prefix) != "dc:" {
			return noField
		}
		return fields[string(name)]
	}
	return fields[string(name[len(prefix):])]
}

// isPage tells whether the link at the reader is to the page that the entry is about (RFC 4287, section 4.2.7.2).
func (f *feed) isPage() bool {
	rel, ok := attribute(f.in.tag, "rel")
	rel = trimmed(rel)
	return !ok || len(rel) == 0 || isToken(rel, "alternate") ||
		isToken(rel, "http://www.iana.org/assignments/relation/alternate")
}

// baseOf is the base URL for the element at the reader, within one whose base URL is u (XML Base).
func (f *feed) baseOf(u canon.URL) canon.URL {
	if raw, ok := attribute(f.in.tag, "xml:base"); ok && len(raw) <= MaxURL {
		if v, err := u.Resolve(string(raw)); err == nil && len(v.String()) <= MaxURL {
			return v
		}
	}
	return u
}

// text takes a piece of text into the field that is being read.
func (f *feed) text(p []byte, literal bool) {
	if f.field == noField || f.field == deafField || len(f.skip) > 0 {
		return
	}
	if len(f.value) == 0 {
		p = trimmedLeft(p)
	}
	if len(f.value)+len(p) > maxField {
		f.long = true
		return
	}
	if literal && f.raw < len(f.value) {
		f.value = append(f.value[:f.raw], unescaped(f.value[f.raw:])...)
	}
	f.value = append(f.value, p...)
	if literal {
		f.raw = len(f.value)
	}
}

// trimmedLeft is p without white space at its beginning.
func trimmedLeft(p []byte) []byte {
	for len(p) > 0 && p[0] <= ' ' {
		p = p[1:]
	}
	return p
}

// closeField takes what a field holds.
func (f *feed) closeField() {
	what := f.field
	f.field, f.named = noField, f.named[:0]
	if what == noField || what == deafField {
		return
	}
	value := append(f.value[:f.raw], unescaped(f.value[f.raw:])...)
	switch {
	case f.long && what != dateField:
		f.Dropped++
	case what == dateField:
		if t := parseTime(value); t.After(f.date) {
			f.date = t
		}
	case what == guidField:
		f.guid = bytes.Clone(value)
	case len(trimmed(value)) > 0:
		f.links++
		f.add(value, f.under, f.child)
	}
}

// closeEntry ends the open entry, if there is one, and whatever is open in it.
func (f *feed) closeEntry() {
	if len(f.entry) == 0 {
		return
	}
	f.skip = f.skip[:0]
	f.closeField()
	list := f.list()
	if f.links == 0 && isWeb(trimmed(f.guid)) {
		f.add(f.guid, f.under, false)
	}
	for i := f.from; i < len(*list); i++ {
		(*list)[i].LastMod = f.date
	}
	f.entry = f.entry[:0]
}

// list is where the URLs of the open entry go.
func (f *feed) list() *[]SitemapURL {
	if f.child {
		return &f.Sitemaps
	}
	return &f.Pages
}
