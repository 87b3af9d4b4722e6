package extract

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"amble/frontier/canon"
)

// Whatever the bytes, a Page keeps what its comments promise.
func FuzzHTML(f *testing.F) {
	for _, c := range pages {
		if len(c.page) < 1000 {
			f.Add([]byte(c.page), false)
		}
	}
	for _, p := range hostilePages {
		f.Add([]byte(p.page), false)
	}
	f.Add([]byte("<a href='?\xe4'>\xe4</a>"), true)
	base, err := canon.Parse(here)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, latin bool) {
		var enc encoding.Encoding
		if latin {
			enc = charmap.Windows1252
		}
		p := HTML(body, base, enc)
		isText := func(what, s string, limit int) {
			if len(s) > limit || !utf8.ValidString(s) {
				t.Errorf("%s of %d bytes, at most %d: %q", what, len(s), limit, s)
			}
			space := true
			for _, r := range s {
				if unicode.IsControl(r) || reorders(r) || r != ' ' && unicode.IsSpace(r) || r == ' ' && space {
					t.Errorf("%s holds %q, or spaces in a row or at its beginning: %q", what, r, s)
				}
				space = r == ' '
			}
			if s != "" && space {
				t.Errorf("%s ends in a space: %q", what, s)
			}
		}
		isURL := func(what, s string) canon.URL {
			u, err := canon.Parse(s)
			if err != nil || u.String() != s || len(s) > MaxURL {
				t.Errorf("%s is not canonical: %q, %q, %v", what, s, u, err)
			}
			return u
		}
		isText("title", p.Title, MaxTitle)
		isText("description", p.Description, MaxContent)
		isText("lang", p.Lang, MaxName)
		if p.Canonical != "" {
			isURL("canonical", p.Canonical)
		}
		if len(p.Links) != len(p.Targets) || len(p.Links) > MaxLinks || len(p.Images) > MaxLinks {
			t.Errorf("%d links, %d targets, %d images", len(p.Links), len(p.Targets), len(p.Images))
		}
		seen := make(map[string]bool)
		for i, l := range p.Links {
			if u := isURL("link", l.URL); u != p.Targets[i] {
				t.Errorf("target %d is %v, the link %v", i, p.Targets[i], u)
			}
			if seen[l.URL] {
				t.Errorf("link repeated: %q", l.URL)
			}
			seen[l.URL] = true
			isText("text", l.Text, MaxText)
			isText("rel", l.Rel, MaxName)
		}
		clear(seen)
		for _, m := range p.Images {
			isURL("image", m.Src)
			if seen[m.Src] {
				t.Errorf("image repeated: %q", m.Src)
			}
			seen[m.Src] = true
			isText("alt", m.Alt, MaxText)
		}
		if len(p.Meta) > MaxMeta || len(p.Robots) > MaxMeta {
			t.Errorf("%d and %d metas", len(p.Meta), len(p.Robots))
		}
		for _, m := range append(p.Meta, p.Robots...) {
			if m.Name == "" {
				t.Error("meta without a name")
			}
			isText("meta name", m.Name, MaxName)
			isText("meta content", m.Content, MaxContent)
		}
	})
}
