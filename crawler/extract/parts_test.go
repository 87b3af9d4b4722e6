package extract

import (
	"strings"
	"testing"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler/page"
	"amble/frontier/canon"
)

func partsOf(t testing.TB, body string) Parts {
	t.Helper()
	base, err := canon.Parse("http://a.test/dir/")
	if err != nil {
		t.Fatal(err)
	}
	return Options{}.ReadParts([]byte(body), base, nil)
}

func TestPartsOfAPage(t *testing.T) {
	for _, c := range []struct{ body, assets, ids, fragments string }{
		{`<img src=a.png srcset="b.png 1x, c,d.png 2x,e.png 3x"><img src="data:image/png;base64,AA">`,
			"image http://a.test/dir/a.png, image http://a.test/dir/b.png, image http://a.test/dir/c,d.png, image http://a.test/dir/e.png", "", ""},
		{`<img srcset="a.png, b.png calc(1px, 2px), c.png">`, "image http://a.test/dir/a.png, image http://a.test/dir/b.png, image http://a.test/dir/c.png", "", ""},
		{`<base href="/x/"><script src=s.js></script><script>"<img src=no>"</script><link rel="Icon shortcut" href=i.ico><link rel=canonical href=c><link rev=made href=m><link rel="dns-prefetch preconnect" href=//no.test>`,
			"script http://a.test/x/s.js, icon http://a.test/x/i.ico, relation http://a.test/x/c, relation http://a.test/x/m", "", ""},
		{`<picture><source srcset=p.webp></picture><video src=v poster=p><source src=w><track src=t></video>`,
			"image http://a.test/dir/p.webp, media http://a.test/dir/v, image http://a.test/dir/p, media http://a.test/dir/w, track http://a.test/dir/t", "", ""},
		{`<template><img src=no id=no></template><svg><image href=yes id=s /><title><g id=g></title></svg>`, "image http://a.test/dir/yes", "s g", ""},
		{`<noscript><img src=seen></noscript><textarea><img src=no></textarea>`, "image http://a.test/dir/seen", "", ""},
		{`<p id=a><p id=a><a name=b><map name=no><p id="">`, "", "a b", ""},
		{`<a href="#x"><a href=" other#y%20z "><a href=#><a href=#TOP><a href="#/r"><a href="#!r"><a href="#q:~:text=t"><a href=#:~:text=t><area href=#w>`,
			"", "", "http://a.test/dir/#x http://a.test/dir/other#y%20z http://a.test/dir/#q http://a.test/dir/#w"},
		{`<a href="mailto:x@y#z"><a href="javascript:#a">`, "", "", ""},
	} {
		p := partsOf(t, c.body)
		var assets, fragments []string
		for _, a := range p.Assets {
			assets = append(assets, a.Kind+" "+a.URL)
		}
		for _, f := range p.Fragments {
			fragments = append(fragments, f.URL+"#"+f.ID)
		}
		got := []string{strings.Join(assets, ", "), strings.Join(p.IDs, " "), strings.Join(fragments, " ")}
		if diff := gocmp.Diff([]string{c.assets, c.ids, c.fragments}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.body, diff)
		}
	}
}

// TestPlacesWithoutEnd: of a page with too many names it is not said which there are not.
func TestPlacesWithoutEnd(t *testing.T) {
	if p := partsOf(t, `<p id=`+strings.Repeat("x", MaxPlace+1)+`>`); p.IDs != nil {
		t.Errorf("%d names", len(p.IDs))
	}
	if p := partsOf(t, ``); p.IDs == nil {
		t.Error("a page without names has none, and that is known")
	}
}

func FuzzParts(f *testing.F) {
	f.Add(`<img srcset="a 1x, b(,) 2x"><svg><a xlink:href="#x"></svg><template><p id=x></template>`)
	f.Fuzz(func(t *testing.T, body string) {
		p := partsOf(t, body)
		seen := map[string]bool{}
		for _, a := range p.Assets {
			if seen[a.URL] || !strings.HasPrefix(a.URL, "http") {
				t.Errorf("%q", a)
			}
			seen[a.URL] = true
		}
		for _, id := range p.IDs {
			if id == "" || len(id) > MaxPlace || !utf8.ValidString(id) {
				t.Errorf("id %q", id)
			}
		}
		once := map[page.Fragment]bool{}
		for _, x := range p.Fragments {
			if once[x] || x.ID == "" {
				t.Errorf("fragment %q", x)
			}
			once[x] = true
		}
	})
}
