package fetch

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"amble/crawler/page"
)

func TestBombsAreFailures(t *testing.T) {
	blank := bytes.Repeat([]byte("<p>"), 4<<20/3)
	zeros := bytes.Repeat([]byte{'0'}, 16<<20)
	for _, test := range []struct {
		name, header string
		body         []byte
	}{
		{"gzip", "gzip", encode(t, "gzip", bytes.Repeat([]byte{' '}, 10<<20))},
		{"deflate", "deflate", encode(t, "deflate", bytes.Repeat([]byte{' '}, 10<<20))},
		{"raw deflate", "deflate", encode(t, "raw", bytes.Repeat([]byte{' '}, 10<<20))},
		{"brotli", "br", encode(t, "br", blank)},
		{"zstd", "zstd", encode(t, "zstd", blank)},
		{"gzip in gzip", "gzip, gzip", encode(t, "gzip", encode(t, "gzip", zeros))},
		{"gzip in brotli", "gzip, br", encode(t, "br", encode(t, "gzip", zeros))},
		{"nothing in gzip in brotli", "gzip, br", encode(t, "br", bytes.Repeat(encode(t, "gzip", nil), 100_000))},
	} {
		start := time.Now()
		r := getEncoded(t, Config{}, test.header, test.body)
		want := regexp.MustCompile(`^a decompression bomb: [0-9.]+ (bytes|KiB) became more than [0-9.]+ MiB$`)
		if r.Err == nil || r.Err.Class != page.Protocol || !want.MatchString(r.Err.Text) || r.SHA256 != "" {
			t.Errorf("%s: %v", test.name, r.Err)
		}
		if r.Bytes > 4<<20 || time.Since(start) > 5*time.Second {
			t.Errorf("%s: %d bytes read in %v", test.name, r.Bytes, time.Since(start))
		}
		r.Release()
	}
}

func TestBombTextAndLimits(t *testing.T) {
	body := encode(t, "br", bytes.Repeat([]byte("<p>"), 1<<20))
	text := fmt.Sprintf("protocol: a decompression bomb: %d bytes became more than 1.0 MiB", len(body))
	for _, test := range []struct {
		name string
		cfg  Config
		text string // "" if no bomb
	}{
		{"the default", Config{}, text},
		{"a higher ratio", Config{MaxRatio: 1 << 20}, ""},
		{"within MaxBody", Config{MaxBody: 1<<20 - 1}, ""},
	} {
		r := getEncoded(t, test.cfg, "br", body)
		got := ""
		if r.Err != nil {
			got = r.Err.Error()
		}
		if got != test.text {
			t.Errorf("%s: %q, want %q", test.name, got, test.text)
		}
		r.Release()
	}
	if _, err := New(Config{MaxRatio: -1}); err == nil {
		t.Error("a negative ratio is taken")
	}
}

func TestHonestPagesAreNoBombs(t *testing.T) {
	var rows bytes.Buffer
	for i := 0; rows.Len() < 3<<20; i++ {
		rows.WriteString(`<tr class="row"><td class="c"><a href="/item.php?id=`)
		rows.WriteString(strconv.Itoa(i))
		rows.WriteString(`">Item</a></td><td class="c">&nbsp;</td><td class="c">&nbsp;</td></tr>` + "\n")
	}
	for _, coding := range []string{"gzip", "br", "zstd"} {
		// The first MiB may be anything.
		for _, body := range [][]byte{rows.Bytes(), bytes.Repeat([]byte("<p>"), 1<<20/3)} {
			r := getEncoded(t, Config{}, coding, encode(t, coding, body))
			if r.Err != nil || r.Bytes != int64(len(body)) {
				t.Errorf("%s: %v, %d of %d bytes", coding, r.Err, r.Bytes, len(body))
			}
			r.Release()
		}
	}
}

func TestRubbishBehindWholeBody(t *testing.T) {
	text := strings.Repeat("<p>amble", 100)
	for _, coding := range []string{"gzip", "deflate", "br", "zstd"} {
		r := getEncoded(t, Config{}, coding, append(encode(t, coding, []byte(text)), "\n<!-- served in 3 ms -->\n"...))
		if r.Err != nil || string(r.Body) != text {
			t.Errorf("%s: %v, %d bytes", coding, r.Err, len(r.Body))
		}
	}
}

// zstdFrame is a frame with text twice that asks for a window.
func zstdFrame(t *testing.T, window int, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(window), zstd.WithSingleSegment(false))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(text))
	_ = w.Flush()
	_, _ = w.Write([]byte(text)) // in two blocks, so that the size is not known beforehand
	_ = w.Close()
	return b.Bytes()
}

// What a decoder allocates is what a few bytes claim. Beyond what is usual it counts as a large body does, or many hosts
// with nothing to say could fill the memory.
func TestWideWindowsTakeASlot(t *testing.T) {
	const text = "<p>amble"
	wide := func(window int, text []byte) []byte {
		var b bytes.Buffer
		w := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: 1, LGWin: window})
		_, _ = w.Write(text)
		_ = w.Close()
		return b.Bytes()
	}
	br := func(window int) []byte { return wide(window, []byte(text)) }
	for _, test := range []struct {
		name, header string
		body         []byte
		slots        int
	}{
		{"brotli of 256 KiB", "br", br(18), 0},
		{"brotli of 4 MiB", "br", br(22), 1},
		{"brotli of 16 MiB", "br", br(24), 1},
		{"zstd of 1 MiB", "zstd", zstdFrame(t, 1<<20, text), 0},
		{"zstd of 4 MiB", "zstd", zstdFrame(t, 4<<20, text), 1},
		{"zstd of 8 MiB", "zstd", zstdFrame(t, 8<<20, text), 1},
		{"zstd of 8 MiB in brotli of 16 MiB", "zstd, br", wide(24, zstdFrame(t, 8<<20, text)), 1},
		{"gzip in brotli", "gzip, br", encode(t, "br", encode(t, "gzip", []byte(text))), 1},
		{"gzip in gzip", "gzip, gzip", encode(t, "gzip", encode(t, "gzip", []byte(text))), 0},
	} {
		slots := NewSlots(Step{LargeBody, 1})
		r := getEncoded(t, Config{Large: slots}, test.header, test.body)
		if r.Err != nil || !strings.HasPrefix(string(r.Body), text) || slots.InUse() != test.slots {
			t.Errorf("%s: %v, %q, %d slots taken, want %d", test.name, r.Err, r.Body, slots.InUse(), test.slots)
		}
		r.Release()
	}
}

// Windows within windows add up, whatever little comes out.
func TestFewWideWindowsWithinEachOther(t *testing.T) {
	body := []byte("<p>amble")
	for n := 1; n <= maxCodings; n++ {
		var b bytes.Buffer
		w := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: 1, LGWin: 24})
		_, _ = w.Write(body)
		_ = w.Close()
		body = b.Bytes()
		r := getEncoded(t, Config{Large: NewSlots(Step{LargeBody, 1})}, "br"+strings.Repeat(", br", n-1), body)
		if tooMany := r.Err != nil && strings.Contains(r.Err.Text, "with large windows"); tooMany != (n > maxWide) || !tooMany && r.Err != nil {
			t.Errorf("%d windows: %v", n, r.Err)
		}
		r.Release()
	}
}

// A window that a body asks for is memory, however little comes out: 8 MiB are given, but not kept for the next body.
func TestZstdWindows(t *testing.T) {
	frame := func(window int, text string) []byte { return zstdFrame(t, window, text) }
	skip := []byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc")
	small, large := frame(1<<20, "<p>a"), frame(8<<20, "<p>b")
	for _, test := range []struct {
		name, want string
		body       []byte
	}{
		{"small", "<p>a<p>a", small},
		{"large", "<p>b<p>b", large},
		{"large behind a skippable frame", "<p>b<p>b", append(skip, large...)},
		{"small behind large", "<p>b<p>b<p>a<p>a", append(bytes.Clone(large), small...)},
		{"large behind small", "window", append(bytes.Clone(small), large...)},
		{"beyond all", "window", frame(16<<20, "<p>c")},
		{"beyond all, in a single segment", "exceeds", []byte("\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x00\x10\x00\x00\x00\x01\x00\x00")},
	} {
		r := getEncoded(t, Config{}, "zstd", test.body)
		if r.Err == nil && string(r.Body) != test.want || r.Err != nil && !strings.Contains(r.Err.Text, test.want) {
			t.Errorf("%s: %q, %v; want %q", test.name, r.Body, r.Err, test.want)
		}
		r.Release()
	}
}
