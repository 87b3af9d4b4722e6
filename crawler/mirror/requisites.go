package mirror

import (
	"amble/crawler/extract"
	"amble/frontier/canon"
)

// maxRequisites bounds what one page or style sheet is taken to need.
const maxRequisites = extract.MaxIDs

// maxRequired is how many bytes of URLs are resolved for them: each may be as long as the page's base.
const maxRequired = 16 << 20

// SheetKind is the page.Asset.Kind of what Requisites finds.
const SheetKind = "css"

// Requisites are the URLs that a body needs to be shown and that are no page.Asset: what style sheets in it, or it itself, refer to; backgrounds;
// drawings that others use; and of a drawing, or other XML, its pictures, scripts and style sheets. They are in the order of the body, without repeats and without fragments.
func Requisites(b *Body) (urls []canon.URL) {
	at, err := canon.Canonical(b.URL)
	if err != nil || b.Redirect != "" {
		return nil
	}
	d := newDocument(at, len(b.Content))
	*d.room = min(*d.room, maxRequired)
	met := make(map[canon.URL]struct{})
	take := func(raw string) {
		if len(raw) > extract.MaxURL || len(urls) == maxRequisites {
			return
		}
		u, _, ok := d.resolve(raw)
		if _, again := met[u]; ok && !again && u != at {
			met[u] = struct{}{}
			urls = append(urls, u)
		}
	}
	sheet := func(css string) {
		sheetEdits(css, func(url string) (string, bool) {
			if url != "" && url[0] != '#' {
				take(url)
			}
			return "", false
		})
	}
	switch {
	case isSheet(b.Type):
		sheet(string(asUTF8(b.Content, b.Charset, false)))
		return urls
	case isPage(b.Type):
		d.xhtml = isXML(b.Type)
		d.encoding = queryEncoding(b.Charset)
		d.readBase(b.Content)
	case !isXML(b.Type), !readable(b.Content, b.Charset):
		return nil
	}
	if isXML(b.Type) {
		sheetsOf(b.Content, func(_, _ int, href string) { take(href) })
	}
	if !isPage(b.Type) && !isDrawing(b.Type) {
		return urls
	}
	extract.Options{XML: d.xhtml}.Walk(b.Content, []string{"style", "background", "href", "xlink:href"}, func(t *extract.Tag) {
		shown := t.Name == "use"
		if isDrawing(b.Type) { // of a page these are assets
			shown = shown || t.Name == "image" || t.Name == "feimage" || t.Name == "script"
		}
		for i := range t.Attrs {
			switch a := &t.Attrs[i]; {
			case a.Name == "style":
				sheet(a.Value)
			case a.Name == "background" && a.Value != "", shown && a.Value != "" && a.Value[0] != '#':
				take(a.Value)
			}
		}
	}, func(from, to int, _ bool) { sheet(string(b.Content[from:to])) })
	return urls
}
