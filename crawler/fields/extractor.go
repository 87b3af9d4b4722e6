package fields

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"amble/crawler/extract"
)

// Extractor takes the fields out of pages. It is safe for concurrent use; a nil one wants nothing.
type Extractor struct {
	rules      []compiled
	structured bool
}

// Compile checks the rules and makes an Extractor of them; with structured it takes whatever pages say in JSON-LD, microdata and OpenGraph, too. It
// is nil if nothing is to be taken. The error is ErrRule.
func Compile(rules []Rule, structured bool) (*Extractor, error) {
	if len(rules) > MaxRules {
		return nil, wrong("there are %d fields: no more than %d are possible", len(rules), MaxRules)
	}
	x := &Extractor{structured: structured}
	for _, r := range rules {
		c, err := compile(r)
		if err != nil {
			return nil, wrong("field %q: %v", r.Name, err)
		}
		x.rules = append(x.rules, c)
	}
	if len(x.rules) == 0 && !structured {
		return nil, nil
	}
	return x, nil
}

// Wants reports whether anything is to be taken out of the page at a URL.
func (x *Extractor) Wants(url string) bool {
	return x != nil && (x.structured || slices.ContainsFunc(x.rules, func(c compiled) bool { return c.covers(url) }))
}

// Asks are the names of the fields that rules ask of the page at a URL, each once, in the order of the rules.
func (x *Extractor) Asks(url string) (names []string) {
	if x == nil {
		return nil
	}
	for i := range x.rules {
		if c := &x.rules[i]; c.covers(url) && !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

// Extract is what the page at a URL has, by name; nil if it has nothing. It does not change the tree.
func (x *Extractor) Extract(t *extract.Tree, url string) map[string][]string {
	if !x.Wants(url) {
		return nil
	}
	return x.extract(newDocument(t, maxWork), url)
}

func (x *Extractor) extract(d *document, url string) map[string][]string {
	v := values{fields: make(map[string][]string)}
	if cut := d.tree.Cut; cut != "" {
		v.note("the page was not read to its end: " + cut)
	}
	for i := range x.rules {
		if c := &x.rules[i]; c.covers(url) && !v.full {
			v.take(d, c)
		}
	}
	if x.structured {
		v.structured(d)
	}
	if d.gathered != nil {
		v.note(d.gathered.notes...)
	}
	if d.work <= 0 {
		v.note("it would take too long to read all fields of this page")
	}
	if len(v.notes) > 0 {
		v.fields[Note] = v.notes
	}
	if len(v.fields) == 0 {
		return nil
	}
	return v.fields
}

// values are the fields of one page as they come.
type values struct {
	fields map[string][]string
	total  int
	full   bool
	notes  []string
}

func (v *values) note(notes ...string) {
	for _, n := range notes {
		if !slices.Contains(v.notes, n) && len(v.notes) < 100 {
			v.notes = append(v.notes, n)
		}
	}
}

// add adds a value to a field, and reports whether more are wanted.
func (v *values) add(name, value string) bool {
	if value == "" {
		return true
	}
	have, met := v.fields[name]
	size := len(value)
	if !met {
		size += len(name)
	}
	switch {
	case len(have) == MaxValues:
		v.note(fmt.Sprintf("%s has more than %d values", name, MaxValues))
		return false
	case v.total+size > MaxTotal:
		v.note(fmt.Sprintf("the values are more than %d KiB together", MaxTotal>>10))
		v.full = true
		return false
	}
	v.total += size
	v.fields[name] = append(have, value)
	return true
}

// take takes the values of one rule.
func (v *values) take(d *document, c *compiled) {
	if c.First && len(v.fields[c.Name]) > 0 {
		return
	}
	add := func(value string) bool {
		if c.match != nil {
			m := c.match.FindStringSubmatch(value)
			if m == nil {
				return true
			}
			value = strings.TrimSpace(m[min(1, len(m)-1)])
		}
		return v.add(c.Name, value) && !(c.First && value != "") && d.work > 0
	}
	switch src := &c.source; {
	case src.meta != "":
		for i := range d.elements {
			if n := d.elements[i].node; isMeta(n, src.meta) && !add(d.content(n, src.meta)) {
				return
			}
		}
	case src.structured != "":
		for _, p := range d.gather().pairs {
			if p.name == src.structured && !add(p.value) {
				return
			}
		}
	default:
		hits, all := d.match(src.selector)
		if !all {
			v.note(c.Name + ": its selector would take too long on this page")
		}
		for _, i := range hits {
			if !add(d.of(d.elements[i].node, src.attr)) {
				return
			}
		}
	}
}

// of is the text of an element, or one of its attributes.
func (d *document) of(n *html.Node, attr string) string {
	if attr == "" {
		return d.text(n)
	}
	return d.attribute(n, attr)
}

// structured takes all that the page says in structured data.
func (v *values) structured(d *document) {
	names := 0
	for _, p := range d.gather().pairs {
		if v.full {
			return
		}
		if _, met := v.fields[p.name]; !met {
			if names++; names > MaxNames {
				v.note(fmt.Sprintf("its structured data have more than %d names", MaxNames))
				return
			}
		}
		v.add(p.name, p.value)
	}
}
