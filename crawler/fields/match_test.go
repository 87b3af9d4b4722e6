package fields

import (
	"testing"

	"github.com/andybalholm/cascadia"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"amble/crawler/extract"
)

// compareMatches holds what is matched here to what cascadia matches.
func compareMatches(t *testing.T, doc *extract.Tree, s string) {
	t.Helper()
	ours, err := parseSelector(s)
	if err != nil {
		return
	}
	theirs, err := cascadia.ParseGroup(s)
	if err != nil {
		t.Fatalf("%q is no selector to cascadia: %v", s, err)
	}
	d := newDocument(doc, maxWork)
	got, all := d.match(ours)
	if !all {
		return
	}
	var want []int32
	for i := range d.elements {
		if theirs.Match(d.elements[i].node) {
			want = append(want, int32(i))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q: %s", s, diff)
	}
}

func TestSelectorsMatchAsCascadiaHasIt(t *testing.T) {
	doc := tree(t, shop+"<div class=a><p>1<p class=b>2<p>3<div><p class='b c'>4<span><i>x</i></span></div></div>")
	for _, s := range []string{
		"*", "p", "div p", "div > p", "div p.b", "p + p", "p ~ p", "p ~ p.b", "div.a > p:nth-child(2) ~ p", "div * i", "html body div div p span > i", "p, div, i",
		"div div, div > div p", "p:first-child + p ~ div p", "head > meta[property]", ":root > *", "body > :not(p):not(div)", "p:has(b)", "p:not(:has(b))", "a[href*='q=']",
		"div.a p:last-child", "p.b.c", "[class~=b]", "p:empty", "li:only-child", "body:has(i) i", "td + td", ":not(a, b, p) > p", "p:contains(4)", "div>p+p", "div\t>\np",
	} {
		compareMatches(t, doc, s)
	}
}

func TestElementsStandInARow(t *testing.T) {
	d := newDocument(tree(t, "<p>a<b>c</b><i></i><p><template><u></template>x"), maxWork)
	var names []string
	for i := range d.elements {
		e := &d.elements[i]
		if e.node.Type != html.ElementNode {
			t.Error(e)
		}
		previous := ""
		if e.previous >= 0 {
			previous = d.elements[e.previous].node.Data
		}
		names = append(names, previous+"<"+e.node.Data)
	}
	if diff := cmp.Diff([]string{"<html", "<head", "head<body", "<p", "<b", "b<i", "p<p", "<template"}, names); diff != "" {
		t.Error(diff)
	}
}
