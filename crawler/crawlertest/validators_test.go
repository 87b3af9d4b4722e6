package crawlertest

import (
	"fmt"
	"io"
	"net/http"
	"testing"
)

const validatorsSite = `Validators are heeded.
seed: http://v.test/tag
-- v.test/tag --
!etag W/"1"
!header X-Robots-Tag: noindex
tag
-- v.test/dated --
!modified 2026-01-02T03:04:05Z
dated
-- v.test/edited --
!etag "1"
!edited /second
first
-- v.test/second --
!etag "2"
second
-- v.test/closed --
!etag "1"
!edited /nowhere
first
-- v.test/liar --
!etag "1"
!insist "2"
truth
-- v.test/mute --
mute
`

// TestValidators: what a file says of itself, and what becomes of requests that say it again.
func TestValidators(t *testing.T) {
	site, err := ParseSite("v.txtar", []byte(validatorsSite))
	if err != nil {
		t.Fatal(err)
	}
	tr := NewTransport(site)
	const date = "Fri, 02 Jan 2026 03:04:05 GMT"
	for _, c := range []struct {
		path, none, since string
		want              string // status, ETag, Last-Modified, Content-Type, body
	}{
		{"tag", "", "", `200 W/"1"  text/html; charset=utf-8 tag`},
		{"tag", `W/"1"`, "", `304 W/"1"   `},
		{"tag", `"0", "1"`, "", `304 W/"1"   `},
		{"tag", `*`, "", `304 W/"1"   `},
		{"tag", `"2"`, date, `200 W/"1"  text/html; charset=utf-8 tag`},
		{"dated", "", "", `200  ` + date + ` text/html; charset=utf-8 dated`},
		{"dated", "", date, `304  ` + date + `  `},
		{"dated", "", "Thu, 01 Jan 2026 03:04:05 GMT", `200  ` + date + ` text/html; charset=utf-8 dated`},
		{"dated", `"1"`, date, `200  ` + date + ` text/html; charset=utf-8 dated`},
		{"edited", "", "", `200 "1"  text/html; charset=utf-8 first`},
		{"edited", `"1"`, "", `200 "2"  text/html; charset=utf-8 second`},
		{"edited", `"2"`, "", `304 "2"   `},
		{"liar", `"1"`, "", `304 "2"   `},
		{"liar", "", "", `200 "1"  text/html; charset=utf-8 truth`},
		{"mute", `"1"`, date, `200   text/html; charset=utf-8 mute`},
	} {
		r, err := http.NewRequest(http.MethodGet, "http://v.test/"+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string]string{"If-None-Match": c.none, "If-Modified-Since": c.since} {
			if v != "" {
				r.Header.Set(name, v)
			}
		}
		resp, err := tr.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		h := resp.Header
		got := fmt.Sprintf("%d %s %s %s %s", resp.StatusCode, h.Get("Etag"), h.Get("Last-Modified"), h.Get("Content-Type"), body)
		if want := c.want + "\n"; err != nil || got != want && got != c.want {
			t.Errorf("%s, If-None-Match %s, If-Modified-Since %s: %q, %v; want %q", c.path, c.none, c.since, got, err, c.want)
		}
		if c.path == "tag" && h.Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%d without the other headers", resp.StatusCode)
		}
	}
	r, _ := http.NewRequest(http.MethodGet, "http://v.test/closed", nil)
	r.Header.Set("If-None-Match", `"1"`)
	if resp, err := tr.RoundTrip(r); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("a file edited away: %v, %v", resp, err)
	}
}

func TestValidatorMistakes(t *testing.T) {
	for _, line := range []string{"!etag v1", `!etag "`, "!modified yesterday", "!edited second", "!insist"} {
		if _, err := ParseSite("v.txtar", []byte("x\nseed: http://v.test/\n-- v.test/index.html --\n"+line+"\n")); err == nil {
			t.Errorf("%s is accepted", line)
		}
	}
}
