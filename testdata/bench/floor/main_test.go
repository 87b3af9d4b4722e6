package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestHrefs(t *testing.T) {
	page := `<A class=x href="one.html#top">1</a><a href='two.html'>2</a><a href=three.html title=3>3</a>` +
		`<abbr href="no.html"><a data-href="no.html">no</a><a name="no"></a><link href="no.css"><a
 href="four.html">4</a><`
	var got []string
	for h := range hrefs([]byte(page)) {
		got = append(got, string(h))
	}
	if want := []string{"one.html#top", "two.html", "three.html", "four.html"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestVisitFollowsItsHostAndSuffixOnly(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `<!DOCTYPE html><a href="b.html?x=1&amp;y=2#f">b</a><a href="/c.txt">c</a><a href="http://elsewhere.test/d.html">d</a>`)
	}))
	defer s.Close()
	c := &crawl{host: strings.TrimPrefix(s.URL, "http://"), suffix: ".html"}
	got := c.visit(s.URL+"/a/", new(bytes.Buffer))
	if want := []string{s.URL + "/a/b.html?x=1&y=2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
