package extract

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// generatedPage is a page of about 100 KB with 300 links, of which a third are repeats, and some images.
func generatedPage() []byte {
	var b bytes.Buffer
	b.WriteString("<!DOCTYPE html><html lang=en><head><title>Generated</title><meta name=description content=\"A page\">" +
		"<link rel=canonical href=/generated></head><body>\n")
	for i := range 300 {
		fmt.Fprintf(&b, `<div class="item item-%d"><h3 id="h%d">Item</h3><p class="text">Some <b>words</b> of text that no one reads, and `+
			`an <a class="reference internal" href="/section/%d/page-%d.html" title="Page">anchor <em>text</em></a> &amp; more.</p>`+
			"<ul class=\"meta\"><li>one</li><li>two</li></ul></div>\n", i, i, i%200/10, i%200)
		if i%10 == 0 {
			fmt.Fprintf(&b, "<img class=thumb src=\"/images/%d.png\" alt=\"Picture %d\" width=100 height=80>\n", i, i)
		}
		if i%50 == 0 {
			b.WriteString("<script>" + string(bytes.Repeat([]byte("var x = 1 < 2;\n"), 60)) + "</script>\n")
		}
	}
	b.WriteString("</body></html>\n")
	return b.Bytes()
}

func benchmark(b *testing.B, bodies [][]byte) {
	size := 0
	for _, body := range bodies {
		size += len(body)
	}
	b.Run("HTML", func(b *testing.B) {
		base := mustParse(b, here)
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			for _, body := range bodies {
				HTML(body, base, nil)
			}
		}
	})
	b.Run("bare tokenizer", func(b *testing.B) {
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			for _, body := range bodies {
				z := html.NewTokenizer(bytes.NewReader(body))
				for z.Next() != html.ErrorToken {
				}
			}
		}
	})
}

func BenchmarkGeneratedPage(b *testing.B) { benchmark(b, [][]byte{generatedPage()}) }

func BenchmarkRealPages(b *testing.B) {
	for _, tree := range realTrees {
		b.Run(filepath.Base(filepath.Dir(tree)), func(b *testing.B) { benchmark(b, readPages(b, tree, 1500)) })
	}
}

// allocations is how often f allocates with a scanner from the pool: the least of some runs, for the race detector has the pool forget every fourth one,
// and a collection may empty it.
func allocations(f func()) float64 {
	least := testing.AllocsPerRun(1, f)
	for range 20 {
		least = min(least, testing.AllocsPerRun(1, f))
	}
	return least
}

// What one page may allocate: for each different link or image its URL; and little else, however long the page.
func TestAllocationsOfAPage(t *testing.T) {
	body, base := generatedPage(), mustParse(t, here)
	links := len(HTML(body, base, nil).Links)
	got := allocations(func() { HTML(body, base, nil) })
	if most := float64(links + 30 + 30); got > most {
		t.Errorf("%v allocations for %d links, want %v at most", got, links, most)
	}
	text := []byte(strings.Repeat("<p class=x title='y'>Some <b>words</b> and <!-- no --> links.</p>\n", 1000))
	if got := allocations(func() { HTML(text, base, nil) }); got > 5 {
		t.Errorf("%v allocations for a page without links, want 5 at most", got)
	}
}
