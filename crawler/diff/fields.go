package diff

import (
	"net/http"
	"slices"
	"strconv"

	"amble/crawler/page"
	"amble/crawler/similar"
)

// Field is something of a page that is compared. Its name is that of the column in an export. The set is closed: programs may branch on it.
type Field string

// The fields.
const (
	Status      Field = "status" // or the class of failure, where there is no answer or it is not the status that fails
	Redirect    Field = "redirect"
	ContentType Field = "content_type"
	Title       Field = "title"
	Description Field = "description"
	Canonical   Field = "canonical"
	Robots      Field = "robots"
	Lang        Field = "lang"
	Links       Field = "links"   // the URLs that it links to, in whatever order
	Content     Field = "content" // its bytes, or, where they were not read, what the server says of them; see page.Page.Since
)

// Fields are all of them, in the order in which they are told.
var Fields = []Field{Status, Redirect, ContentType, Title, Description, Canonical, Robots, Lang, Links, Content}

// FieldChange is a field in which two records of a page differ.
type FieldChange struct {
	Field Field
	// Old and New are the values, URLs as the new crawl has them; of Content the SHA-256 where it is known. They are empty for Links.
	Old, New string
	// Added and Removed are of Links: URLs in byte order.
	Added, Removed []string
	// Distance is of Content: in how many of 64 bits the hashes of the visible texts differ. It is -1 where that is not known.
	Distance int
}

// compare finds the fields in which two records differ. Of a URL that is no page in one of the crawls the status tells all, and of one that
// redirects where to.
func (c *Comparison) compare(old, new *page.Page) (all []FieldChange) {
	differ := func(f Field, a, b string) {
		if a != b && !slices.Contains(c.o.Ignore, f) {
			all = append(all, FieldChange{Field: f, Old: a, New: b})
		}
	}
	differ(Status, statusText(old), statusText(new))
	if old.Err != nil || new.Err != nil {
		return all
	}
	differ(Redirect, c.pair.Map(old.Redirect), new.Redirect)
	if old.Redirect != "" || new.Redirect != "" {
		return all
	}
	differ(ContentType, old.ContentType, new.ContentType)
	differ(Title, old.Title, new.Title)
	differ(Description, old.Description, new.Description)
	differ(Canonical, c.pair.Map(old.Canonical), new.Canonical)
	differ(Robots, old.Robots, new.Robots)
	differ(Lang, old.Lang, new.Lang)
	if f, differs := c.compareLinks(old, new); differs {
		all = append(all, f)
	}
	if f, differs := c.compareContent(old, new); differs {
		all = append(all, f)
	}
	return all
}

// statusText is the status, or the class of a failure that it does not tell.
func statusText(p *page.Page) string {
	if p.Err != nil && (p.Status < http.StatusBadRequest || p.Err.HeldBack()) {
		return string(p.Err.Class)
	}
	return strconv.Itoa(p.Status)
}

// compareLinks compares the links of pages that were read whole.
func (c *Comparison) compareLinks(old, new *page.Page) (FieldChange, bool) {
	f := FieldChange{Field: Links}
	if slices.Contains(c.o.Ignore, Links) || old.Truncated || new.Truncated || old.SHA256 == "" || new.SHA256 == "" || old.SHA256 == new.SHA256 {
		return f, false
	}
	was, is := make(map[string]bool, len(old.Links)), make(map[string]bool, len(new.Links))
	for _, l := range old.Links {
		was[c.pair.Map(l.URL)] = true
	}
	for _, l := range new.Links {
		is[l.URL] = true
	}
	f.Added, f.Removed = without(is, was), without(was, is)
	return f, len(f.Added)+len(f.Removed) > 0
}

// without is what is in a and not in b, sorted.
func without(a, b map[string]bool) (all []string) {
	for s := range a {
		if !b[s] {
			all = append(all, s)
		}
	}
	slices.Sort(all)
	return all
}

func (c *Comparison) compareContent(old, new *page.Page) (FieldChange, bool) {
	f := FieldChange{Field: Content, Old: old.SHA256, New: new.SHA256, Distance: distance(old, new)}
	switch {
	case slices.Contains(c.o.Ignore, Content), new.Since(old) != page.Changed:
		return f, false
	case f.Distance >= 0 && f.Distance < c.o.MinDistance:
		return f, false
	}
	return f, true
}

// distance is that of two texts; -1 if it is not known.
func distance(old, new *page.Page) int {
	a, err1 := similar.Parse(old.SimHash)
	b, err2 := similar.Parse(new.SimHash)
	if err1 != nil || err2 != nil || a == 0 || b == 0 {
		return -1
	}
	return similar.Distance(a, b)
}
