package canon

import (
	"fmt"
	"testing"
)

func TestKeysTellURLsAndSeedsApart(t *testing.T) {
	a, b := NewSeed(), NewSeed()
	if a == b {
		t.Fatal("two new seeds are equal")
	}
	seen := map[Key]string{}
	for i := range 1000 {
		u := mustParse(t, fmt.Sprintf("http://h.org/%d", i))
		for _, s := range []Seed{a, b, 0} {
			k, name := s.Key(u), fmt.Sprint(s, u)
			if other, ok := seen[k]; ok {
				t.Fatalf("%s and %s have the same key", name, other)
			}
			seen[k] = name
		}
	}
}

func TestKeyDependsOnTheCanonicalFormOnly(t *testing.T) {
	s := NewSeed()
	want := s.Key(mustParse(t, "http://h.org/~a"))
	for _, same := range []string{"HTTP://H.org/%7ea", "http://h.org:80/b/../~a#x", " http://u:p@h.org/~%61"} {
		if s.Key(mustParse(t, same)) != want {
			t.Errorf("%s has a key of its own", same)
		}
	}
	for _, other := range []string{"http://h.org/~a?", "https://h.org/~a", "http://h.org/~A", "http://h.org/~a/"} {
		if s.Key(mustParse(t, other)) == want {
			t.Errorf("%s has the same key as another resource", other)
		}
	}
}

// A crawl file holds a seed and is read by other releases on other machines: a key must never change.
func TestKeyIsTheSameInEveryRelease(t *testing.T) {
	if got, want := Seed(42).Key(mustParse(t, "http://example.com/")), (Key{0x7f1388a78285de2b, 0x6fc408b5053506dd}); got != want {
		t.Errorf("got %#x, want %#x", got, want)
	}
}
