package fetch

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostile are bodies made to be slow or large when decoded, each of size bytes.
func hostile(size int) map[string]struct {
	body     []byte
	declared string
} {
	type page = struct {
		body     []byte
		declared string
	}
	fill := func(s string) []byte { return bytes.Repeat([]byte(s), size/len(s)+1)[:size] }
	noise := make([]byte, size)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	all := map[string]page{
		"comments never closed": {fill("<!--\xE9"), ""},
		"scripts never closed":  {fill("<script>\xE9"), ""},
		"tags never closed":     {fill("<html lang=\xE9 "), ""},
		"open brackets":         {append(fill("<"), 0xE9), ""},
		"one high byte at last": {append(fill("<b>a</b> "), 0xE9), ""},
		"meta without end":      {fill("<meta charset='"), ""},
		"undeclared noise":      {noise, ""},
		"undeclared high":       {fill("\xFF"), ""},
		"undeclared escapes":    {fill("\x1B$B$\"\x1B(B"), ""},
		"undeclared zeros":      {fill("a\x00"), ""},
		"escapes alone":         {fill("\x1B$B"), "iso-2022-jp"},
		"escape bytes":          {fill("\x1B"), "iso-2022-jp"},
		"broken utf-8":          {fill("\xF0\x90\x80<"), "utf-8"},
		"continuations":         {fill("\x80"), "utf-8"},
		"four bytes":            {fill("\x90\x30\x81\x30"), "gb18030"},
		"nearly four bytes":     {fill("\x81\x30\x81"), "gb18030"},
		"three bytes":           {fill("\x8F\xA1\xFE"), "euc-jp"},
		"surrogates":            {fill("\xD8"), "utf-16be"},
	}
	for name := range strings.FieldsSeq("utf-8 utf-16le windows-1252 windows-874 shift_jis euc-jp iso-2022-jp euc-kr gb18030 big5 replacement") {
		all["noise as "+name] = page{noise, name}
	}
	return all
}

// TestHostileBodiesAreBounded: linear in time, at most three bytes of text to a byte, no memory beyond what growing takes.
func TestHostileBodiesAreBounded(t *testing.T) {
	const size, small = 512 << 10, 64 << 10
	less := hostile(small)
	for name, p := range hostile(size) {
		var before, after runtime.MemStats
		decodeCharset(p.body[:1<<10], p.declared, false, nil) // tables are made once
		runtime.ReadMemStats(&before)
		text, _, _, copied := decodeCharset(p.body, p.declared, false, nil)
		runtime.ReadMemStats(&after)
		if len(text) > 3*len(p.body) {
			t.Errorf("%s: %d bytes of text from %d", name, len(text), len(p.body))
		}
		spent := int64(after.TotalAlloc - before.TotalAlloc)
		if copied {
			spent -= int64(cap(text))
		}
		// What growing by parts throws away adds up to some times the text; of it no more than the text is held at once.
		if spent > 16*size {
			t.Errorf("%s: %d bytes allocated beyond the text", name, spent)
		}
		linear := false
		for try := 0; try < 10 && !linear; try++ { // another process may take the time of one
			linear = decodingTime(p.body, p.declared) < 24*decodingTime(less[name].body, p.declared)+10*time.Millisecond
		}
		if !linear {
			t.Errorf("%s: eight times the bytes take more than 24 times as long", name)
		}
	}
}

func decodingTime(body []byte, declared string) time.Duration {
	start := time.Now()
	decodeCharset(body, declared, false, nil)
	return time.Since(start)
}

func BenchmarkHostile(b *testing.B) {
	for name, p := range hostile(1 << 20) {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			b.SetBytes(int64(len(p.body)))
			dst := make([]byte, 0, 4<<20)
			for b.Loop() {
				decodeCharset(p.body, p.declared, false, dst)
			}
		})
	}
}
