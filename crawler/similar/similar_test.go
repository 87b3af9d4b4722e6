package similar

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func hashOf(pieces ...string) Hash {
	var b Builder
	for _, p := range pieces {
		b.Add([]byte(p))
	}
	return b.Hash()
}

// vocabulary gives texts of n words that are drawn by r from the syllables of made-up words.
func vocabulary(r *rand.Rand, n int) []string {
	syllables := strings.Fields("ka lo mi tu ren sa vo pi dax ne gor hul bi wes ja")
	words := make([]string, n)
	for i := range words {
		for range 1 + r.IntN(3) {
			words[i] += syllables[r.IntN(len(syllables))]
		}
	}
	return words
}

var (
	english = strings.Repeat("A crawl to a set depth holds exactly the pages within that many clicks of its seeds; nothing is lost. ", 3)
	german  = strings.Repeat("Größe, Übermaß und Öl: wer die Straße quert, hört den Zug früher als der, welcher säumt. ", 4)
	russian = strings.Repeat("Каждая страница записывается один раз, и ни одна ссылка не теряется по дороге. ", 5)
	chinese = strings.Repeat("爬虫按照礼貌的间隔读取每一个页面，并且不会遗漏任何链接。", 3)
	japanes = strings.Repeat("クローラーはページを一つずつ丁寧に読み、リンクを失わない。", 3)
	thai    = strings.Repeat("โปรแกรมอ่านหน้าเว็บทีละหน้าอย่างสุภาพ", 3)
	arabic  = strings.Repeat("يقرأ الزاحف كل صفحة مرة واحدة ولا يضيع أي رابط في الطريق. ", 6)
	hindi   = strings.Repeat("हर पृष्ठ एक बार पढ़ा जाता है और कोई कड़ी नहीं खोती। ", 6)
)

// Hashes stand in crawl files: if one of these changes, files that exist can no longer be compared with new ones.
func TestHashesNeverChange(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for _, c := range []struct{ name, text, want string }{
		{"English", english, "bb20d617d813d306"},
		{"German", german, "62120db212a93c21"},
		{"Russian", russian, "5ff9c1931a28ee81"},
		{"Chinese", chinese, "0594afadde96cf70"},
		{"Japanese", japanes, "5ea0d6d7c80c33b0"},
		{"Thai", thai, "5d0412293ae6363b"},
		{"Arabic", arabic, "02888a0713524833"},
		{"Hindi", hindi, "60aa3aa462025fb4"},
		{"long words", strings.Repeat(long+" é"+long+" ", 3), "7255f69e7416cc17"},
		{"numbers", strings.Repeat("3.14 2,718 ½ ٣٤ 1e9 ", 12), "e606199c987e76de"},
		{"not UTF-8", strings.Repeat("a\xffb \xe4\xb8 c\x00d ", 15), "a3832a883141934c"},
	} {
		if got := hashOf(c.text).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestShortTextsHaveNoHash(t *testing.T) {
	words := vocabulary(rand.New(rand.NewPCG(1, 1)), MinFeatures+gram-1)
	if h := hashOf(strings.Join(words[1:], " ")); h != 0 || h.String() != "" {
		t.Errorf("%d features give %q, want none", MinFeatures-1, h)
	}
	if h := hashOf(strings.Join(words, " ")); h == 0 {
		t.Errorf("%d features give none", MinFeatures)
	}
	if h := hashOf(); h != 0 {
		t.Errorf("the empty text has the hash %v", h)
	}
	if h := hashOf(strings.Repeat(" .,;-<>\u00a0\u3002\x00", 1000)); h != 0 {
		t.Errorf("a text without words has the hash %v", h)
	}
}

func TestOnlyTheWordsCount(t *testing.T) {
	for name, c := range map[string][2]string{
		"letter case":        {english, strings.ToUpper(english)},
		"case of all":        {strings.ToLower(russian), strings.ToUpper(russian)},
		"white space":        {english, strings.ReplaceAll(english, " ", "\r\n\t\u3000 ")},
		"punctuation":        {english, strings.ReplaceAll(english, " ", " — “…”, ")},
		"soft hyphens":       {german, strings.ReplaceAll(german, "ß", "\u00adß\u00ad")},
		"marks of direction": {arabic, strings.ReplaceAll(arabic, " ", "\u200f \u200e")},
		"zero width spaces":  {english, strings.ReplaceAll(english, " ", "\u200b")},
	} {
		if a, b := hashOf(c[0]), hashOf(c[1]); a != b || a == 0 {
			t.Errorf("%s: %v and %v", name, a, b)
		}
	}
	if hashOf(english) == hashOf(strings.ReplaceAll(english, " ", "")) {
		t.Error("words that are written as one count as before")
	}
}

func TestPiecesMakeOneText(t *testing.T) {
	for _, text := range []string{english, german, russian} {
		words := strings.SplitAfter(text, " ")
		if a, b := hashOf(text), hashOf(words...); a != b {
			t.Errorf("%.20q: %v whole, %v in pieces", text, a, b)
		}
	}
	// Without spaces every character is a word, so that pieces may end anywhere.
	for _, text := range []string{chinese, japanes, thai} {
		if a, b := hashOf(text), hashOf(strings.Split(text, "")...); a != b {
			t.Errorf("%.20q: %v whole, %v in pieces", text, a, b)
		}
	}
}

func TestSmallChangesStayNear(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	near, n := 0, 500
	for range n {
		words := vocabulary(r, 1000)
		before := hashOf(strings.Join(words, " "))
		i := r.IntN(len(words) - 3)
		words[i], words[i+1], words[i+2] = "17", "august", "2031"
		if Distance(before, hashOf(strings.Join(words, " "))) <= Near {
			near++
		}
	}
	if near < n*95/100 {
		t.Errorf("%d of %d texts stay near themselves under another date", near, n)
	}
}

func TestOneCharacterOfManyStaysNear(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	text := make([]rune, 2000)
	for i := range text {
		text[i] = '一' + rune(r.IntN(3000))
	}
	before := hashOf(string(text))
	text[1000] = '龍'
	if d := Distance(before, hashOf(string(text))); d > Near {
		t.Errorf("distance %d after one of 2000 characters has changed", d)
	}
}

func TestOtherTextsAreFar(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var hashes []Hash
	for range 300 {
		hashes = append(hashes, hashOf(strings.Join(vocabulary(r, 500), " ")))
	}
	for i, a := range hashes {
		for _, b := range hashes[:i] {
			if d := Distance(a, b); d <= Near {
				t.Errorf("two texts with nothing in common at distance %d", d)
			}
		}
	}
	// The same words in another order are another text.
	words := vocabulary(r, 500)
	before := hashOf(strings.Join(words, " "))
	r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	if d := Distance(before, hashOf(strings.Join(words, " "))); d <= Near {
		t.Errorf("distance %d after shuffling", d)
	}
}

func TestVotesAreCounted(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	var v votes
	var counts [64]int
	if v.majority() != 0 {
		t.Error("a majority of nothing")
	}
	for n := 1; n <= 3000; n++ {
		w := r.Uint64() & r.Uint64() // a quarter of the bits, and in the beginning even fewer
		if n > 1000 {
			w |= r.Uint64() | r.Uint64()
		}
		v.add(w)
		var want uint64
		for i := range counts {
			counts[i] += int(w >> i & 1)
			if counts[i] > n/2 {
				want |= 1 << i
			}
		}
		if got := v.majority(); got != want {
			t.Fatalf("after %d words %064b, want %064b", n, got, want)
		}
	}
}

func TestHashesAreReadBack(t *testing.T) {
	for _, h := range []Hash{0, 1, 0xabc, 1 << 63, ^Hash(0)} {
		if got, err := Parse(h.String()); got != h || err != nil {
			t.Errorf("%q is read as %v, %v", h, got, err)
		}
	}
	if s := Hash(0xabc).String(); s != "0000000000000abc" {
		t.Errorf("a small hash is written %q", s)
	}
	for _, s := range []string{"abc", "0000000000000abc0", "000000000000000g", "+000000000000abc", "0x00000000000abc", " "} {
		if h, err := Parse(s); err == nil {
			t.Errorf("%q is read as %v", s, h)
		}
	}
}

func FuzzBuilder(f *testing.F) {
	for _, s := range []string{english, german, chinese, thai, arabic, "a\xffb", strings.Repeat("é", 40)} {
		f.Add([]byte(s), 7)
	}
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		var once, again Builder
		once.Add(text)
		again.Add(text)
		if once.Hash() != again.Hash() {
			t.Error("one text has two hashes")
		}
		if once.n != 0 {
			t.Error("a word stays open behind its piece")
		}
		if want := plainHash(text); once.Hash() != want {
			t.Errorf("%v, want %v", once.Hash(), want)
		}
		// Between a space and what follows it a piece may always end.
		if at >= 0 && at < len(text) && text[at] == ' ' {
			var pieces Builder
			pieces.Add(text[:at])
			pieces.Add(text[at:])
			if once.Hash() != pieces.Hash() {
				t.Errorf("%v whole, %v in pieces", once.Hash(), pieces.Hash())
			}
		}
	})
}

func TestNothingIsAllocated(t *testing.T) {
	text := []byte(english + german + chinese + thai)
	hashOf(german) // which makes the table of characters
	var b Builder
	if n := testing.AllocsPerRun(100, func() { b.Add(text); b.Hash() }); n != 0 {
		t.Errorf("%v allocations for a text", n)
	}
}

func BenchmarkBuilder(b *testing.B) {
	for name, text := range map[string]string{"English": english, "German": german, "Russian": russian, "Chinese": chinese, "Thai": thai, "Hindi": hindi} {
		body := []byte(strings.Repeat(text, 1+100_000/len(text))[:100_000])
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				var h Builder
				h.Add(body)
				h.Hash()
			}
		})
	}
}
