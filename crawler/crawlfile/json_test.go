package crawlfile

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"amble/crawler/page"
)

// standard is v as encoding/json writes it with HTML characters left alone.
func standard(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func FuzzJSONIsThatOfEncodingJSON(f *testing.F) {
	f.Add("", "", "")
	f.Add("http://a.test/?a=1&b=<>", "nofollow", "plain text")
	f.Add("\x00\x01\x1f\b\f\n\r\t\"\\/\x7f", "\xff\xc0\xed\xa0\x80\xf4\x90\x80\x80", "\u2028\u2029\u2027\u202a\ufffd\U0001F980")
	f.Add("\xe2\x80", "\xe2\x80\xa8\xe2", "é\xcc")
	f.Fuzz(func(t *testing.T, x, y, z string) {
		links := []page.Link{{URL: x, Rel: y, Text: z}, {URL: z}, {URL: y, Text: x}}
		images := []page.Image{{Src: x, Alt: y}, {Src: z}}
		meta := []page.Meta{{Name: x, Content: y}, {Name: z}}
		for n := range 3 {
			if got, want := string(appendLinks(nil, links[:n+1])), standard(t, links[:n+1]); got != want {
				t.Errorf("links:\n got %s\nwant %s", got, want)
			}
		}
		if got, want := string(appendImages(nil, images)), standard(t, images); got != want {
			t.Errorf("images:\n got %s\nwant %s", got, want)
		}
		if got, want := string(appendMeta(nil, meta)), standard(t, meta); got != want {
			t.Errorf("meta:\n got %s\nwant %s", got, want)
		}
		fields := map[string][]string{strings.ToValidUTF8(x, ""): {y, z}, "name": {x}}
		if got, want := fieldsJSON(fields), standard(t, fields); got != want {
			t.Errorf("fields:\n got %s\nwant %s", got, want)
		}
	})
}

// The lists of a huge page take their memory at once, and not again and again.
func TestListsTakeTheirMemoryAtOnce(t *testing.T) {
	links, images := make([]page.Link, 10_000), make([]page.Image, 10_000)
	for i := range links {
		links[i] = page.Link{URL: "https://example.com/" + strings.Repeat("a", i%100), Rel: "nofollow", Text: "some \"words\""}
		images[i] = page.Image{Src: links[i].URL, Alt: "others"}
	}
	// With the race detector slices.Grow takes two.
	if n := testing.AllocsPerRun(3, func() { appendLinks(nil, links) }); n > 2 {
		t.Errorf("the links took memory %v times", n)
	}
	if n := testing.AllocsPerRun(3, func() { appendImages(nil, images) }); n > 2 {
		t.Errorf("the images took memory %v times", n)
	}
}
