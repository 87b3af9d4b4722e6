package canon

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestSegmentsAndRepeats(t *testing.T) {
	for _, c := range []struct {
		path              string
		segments, repeats int
	}{
		{"/", 0, 0},
		{"//", 0, 0},
		{"/a", 1, 1},
		{"/a/b", 2, 1},
		{"/a//b/", 2, 1},
		{"/a/b/a", 3, 1},
		{"/a/a", 2, 2},
		{"//a//a//", 2, 2},
		{"/a/b/a/b/a/b/x", 7, 3},
		{"/x/a/b/a/b/a", 6, 2},
		{"/2011/11/11/11", 4, 3},
		{"/a/a/b/b/b/b/a/a", 8, 4},
		{"/a/aa/a/aa", 4, 2},
		{"/a/A/a/A", 4, 2},
		{"/a/b/c/d/e/f/g/h/a/b/c/d/e/f/g/h", 16, 2},
		{"/a/a/a/a/b/a/b/a/b/a/b/a/b", 13, 5},
		{"/" + strings.Repeat("a/", 2000), 2000, 2000},
		{"/" + strings.Repeat("a/b/", 1000), 2000, 1000},
		{"/" + strings.Repeat(strings.Repeat("a/", MaxPeriod-1)+"b/", 50), 50 * MaxPeriod, 50},
		{"/" + strings.Repeat("%C3%A9/", 30) + "?a/b", 30, 30},

		// Honest paths. A limit of three or four lets them all pass.
		{"/2011/11/11/title", 4, 2},
		{"/0/0/0.png", 3, 2},
		{"/tiles/1/1/1.png", 4, 2},
		{"/golang/go/compare/release-branch.go1.21...release-branch.go1.22", 4, 1},
		{"/torvalds/linux/blob/master/drivers/net/ethernet/intel/ice/ice.h", 10, 1},
		{"/example/example/tree/main/example/example", 6, 2},
		{"/src/main/java/com/acme/main/java/com/acme/App.java", 10, 2},
		{"/web/20200101000000/https://example.com/web/20200101000000/", 6, 1},
		{"/sites/team/Shared%20Documents/Forms/AllItems.aspx", 5, 1},
		{"/wiki/Talk:Main_Page/Archive/Archive", 4, 2},
		{"/img/aGVsbG8/aGVsbG8/d29ybGQ=", 4, 2},
		{"/objects/aa/aa/aa/aaaaaa", 5, 3},
	} {
		u := mustParse(t, "http://h.org"+c.path)
		if n := u.Segments(); n != c.segments {
			t.Errorf("%.100s: %d segments, want %d", c.path, n, c.segments)
		}
		if n := u.Repeats(); n != c.repeats {
			t.Errorf("%.100s: %d repeats, want %d", c.path, n, c.repeats)
		}
	}
	if (URL{}).Segments() != 0 || (URL{}).Repeats() != 0 {
		t.Error("the zero URL has segments")
	}
}

func TestShapesOfPlainURLsCostNoMemory(t *testing.T) {
	u := mustParse(t, "https://www.example.com/section/topic/2024/article.html?id=12&page=2")
	s := NewSeed()
	if n := testing.AllocsPerRun(10, func() {
		u.Segments()
		u.Repeats()
		u.SessionFree()
		u.Year()
		s.Unordered(u)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestUnorderedKnowsTheSameParametersInAnyOrder(t *testing.T) {
	s := NewSeed()
	want, ok := s.Unordered(mustParse(t, "http://h.org/shop?colour=red&size=1&size=2"))
	if !ok {
		t.Fatal("no key for three parameters")
	}
	for _, same := range []string{"?size=1&size=2&colour=red", "?size=2&colour=red&size=1", "?&size=2&&colour=red&size=1&"} {
		if k, ok := s.Unordered(mustParse(t, "http://h.org/shop"+same)); !ok || k != want {
			t.Errorf("%s has a key of its own", same)
		}
	}
	for _, other := range []string{
		"http://h.org/shop?colour=red&size=1", "http://h.org/shop?colour=red&size=1&size=2&size=2", "http://h.org/shop?colour=red&size=1&size=1",
		"http://h.org/shop?colour=red&size=1&Size=2", "http://h.org/Shop?colour=red&size=1&size=2", "https://h.org/shop?colour=red&size=1&size=2",
		"http://h.org/shop?colour=size&red=1&size=2", "http://h.org/shop?size=1&size=2",
	} {
		if k, ok := s.Unordered(mustParse(t, other)); !ok || k == want {
			t.Errorf("%s: %v, has the same key %v", other, ok, k == want)
		}
	}
	for _, few := range []string{"", "?", "?a", "?a=1&", "?&&", "?a;b"} {
		if _, ok := s.Unordered(mustParse(t, "http://h.org/"+few)); ok {
			t.Errorf("%q has an order", few)
		}
	}
	if k, _ := Seed(s + 1).Unordered(mustParse(t, "http://h.org/shop?colour=red&size=1&size=2")); k == want {
		t.Error("another seed makes the same key")
	}
}

// repeatsPlainly is Repeats as it is defined, for any path.
func repeatsPlainly(path string) int {
	segments := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
	most := 0
	for begin := range segments {
		for period := 1; period <= MaxPeriod && begin+period <= len(segments); period++ {
			n, at := 1, begin+period
			for at+period <= len(segments) && slices.Equal(segments[begin:begin+period], segments[at:at+period]) {
				n, at = n+1, at+period
			}
			most = max(most, n)
		}
	}
	return most
}

func FuzzShape(f *testing.F) {
	for _, s := range []string{
		"a/b/a/b/x?b=1&a=2", "2077/12/1?year=2077&month=5", "(S(abcdefghijklmnopqrstuvwx))/a;jsessionid=0A1B2C3D4E5F6A7B8C9D.n1?CFID=1234&CFTOKEN=56789012",
		"..;jsessionid=0A1B2C3D4E5F6A7B8C9D/b?sid=a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4&&x", "?date=2088-01-01&&m=208801", "(X(1)S(abcdefghijklmnopqrstuvwx))",
	} {
		f.Add("http://h.org/"+s, uint64(len(s)))
	}
	f.Fuzz(func(t *testing.T, raw string, seed uint64) {
		u, err := Parse(raw)
		if err != nil {
			t.Skip()
		}
		checkShape(t, u, Seed(seed))
	})
}

// checkShape holds what is true of the shape of every URL.
func checkShape(t *testing.T, u URL, s Seed) {
	t.Helper()
	segments, repeats := u.Segments(), u.Repeats()
	if repeats > segments || (repeats == 0) != (segments == 0) || segments <= 60 && repeats != repeatsPlainly(u.Path()) {
		t.Errorf("%q: %d segments, %d repeats, plainly %d", u, segments, repeats, repeatsPlainly(u.Path()))
	}
	free, had := u.SessionFree()
	if had != (free != u) || len(free.String()) > len(u.String()) || free.Origin() != u.Origin() {
		t.Errorf("%q without session is %q, %v", u, free, had)
	}
	if v, err := Parse(free.String()); err != nil || v != free {
		t.Errorf("%q without session is %q, which is not canonical: %q, %v", u, free, v, err)
	}
	if again, had := free.SessionFree(); had {
		t.Errorf("%q without session is %q, and that %q", u, free, again)
	}
	if y, ok := u.Year(); ok != (y != 0) || ok && (y < 1000 || y > 2999) {
		t.Errorf("%q: year %d, %v", u, y, ok)
	}
	pieces := strings.Split(u.Query(), "&")
	r := rand.New(rand.NewPCG(uint64(s), 1))
	r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
	key, ok := s.Unordered(u)
	other, err := Parse(u.Origin() + u.Path() + "?" + strings.Join(pieces, "&"))
	if err != nil {
		return // one octet too long
	}
	if shuffled, same := s.Unordered(other); shuffled != key || same != ok {
		t.Errorf("%q and %q differ by more than order", u, other)
	}
}

func BenchmarkShape(b *testing.B) {
	u := mustParse(b, "https://www.example.com/section/topic/2024/article.html?id=12&page=2")
	long := mustParse(b, "http://h.org/"+strings.Repeat(strings.Repeat("abcdefgh/", 14)+"b/", 120)+"?"+strings.Repeat("a=1&", 10_000))
	s := NewSeed()
	for name, f := range map[string]func(URL){
		"Segments":    func(u URL) { u.Segments() },
		"Repeats":     func(u URL) { u.Repeats() },
		"SessionFree": func(u URL) { u.SessionFree() },
		"Unordered":   func(u URL) { s.Unordered(u) },
		"Year":        func(u URL) { u.Year() },
	} {
		b.Run(name+"/plain", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f(u)
			}
		})
		b.Run(name+"/long", func(b *testing.B) {
			for b.Loop() {
				f(long)
			}
		})
	}
}
