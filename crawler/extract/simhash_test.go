package extract

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amble/crawler/similar"
)

func simHash(t *testing.T, page string) similar.Hash {
	t.Helper()
	return HTML([]byte(page), mustParse(t, here), nil).SimHash
}

// prose is text enough to have a hash, in 20 paragraphs.
var prose = func() string {
	var b strings.Builder
	for i, w := range strings.Fields("alder birch cedar dogwood elm fir ginkgo hazel ivy juniper kapok larch maple nutmeg oak pine quince rowan spruce teak") {
		b.WriteString("<p>Of all trees in this wood the " + w + " is number " + string(rune('a'+i)) + ", and it grows <em>slowly</em> &amp; well.</p>\n")
	}
	return b.String()
}()

func TestSimHashIsOfWhatIsSeen(t *testing.T) {
	want := simHash(t, prose)
	if want == 0 {
		t.Fatal("the prose has no hash")
	}
	for name, page := range map[string]string{
		"head":         "<html lang=en><head><title>Trees and more trees</title><meta name=description content='all trees'><style>p { color: red }</style></head>" + prose,
		"script":       prose + "<script>var trees = 'more of them'</script><svg><style>path fill none</style></svg>",
		"comments":     prose + "<!-- more trees than one can see -->",
		"attributes":   strings.ReplaceAll(prose, "<p>", "<p class='more trees' title='and words'>"),
		"images":       prose + "<img src=i alt='a picture of a tree'><a href=/x><img alt='another tree'></a>",
		"noscript":     "<noscript>Please switch on <b>scripts</b> to see trees</noscript>" + prose + "<template><noscript></template>",
		"template":     prose + "<template>more trees for later</template>",
		"not shown":    prose + "<textarea>your tree</textarea><iframe src=/x>no frames, no trees</iframe><xmp>some more</xmp>",
		"white space":  strings.ReplaceAll(prose, " ", "\n\t &nbsp; "),
		"markup":       strings.NewReplacer("<p>", "<div><i>", "</p>", "</i></div>").Replace(prose),
		"links":        strings.ReplaceAll(prose, "<em>slowly</em>", "<a href=/slow>slowly</a>"),
		"letter case":  strings.ReplaceAll(prose, "Of all", "OF ALL"),
		"entities":     strings.NewReplacer("a", "&#97;", "&amp;", "&#38;").Replace(strings.NewReplacer("&amp;", "+").Replace(prose)),
		"CDATA in svg": "<svg><text>" + strings.NewReplacer("<p>", "<![CDATA[", "</p>", "]]>", "<em>", "", "</em>", "", "&amp;", "&").Replace(prose) + "</text></svg>",
	} {
		if got := simHash(t, page); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for name, page := range map[string]string{
		"text after a noscript": prose + "<noscript>x</noscript> and so on with oaks and pines",
		"text of links":         prose + "<a href=/1>first link</a><a href=/2>second link</a><a href=/1>first link again</a>",
		"order":                 strings.ReplaceAll(prose, "in this wood", "wood this in"),
		"foreign text":          prose + "<svg><text>the legend of the picture, which is about trees</text></svg>",
	} {
		if got := simHash(t, page); got == want {
			t.Errorf("%s counts for nothing", name)
		}
	}
	if got := simHash(t, "<title>"+prose+"</title><p>Short."); got != 0 {
		t.Errorf("a page of one word has the hash %v", got)
	}
}

// Real pages keep near themselves under another date, and apart from each other: by these figures [similar.Near] was chosen.
func TestRealPagesKeepNearThemselves(t *testing.T) {
	var hashes []similar.Hash
	changed, moved, files := 0, 0, 0
	err := filepath.WalkDir(realPages, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".html" {
			return err
		}
		if files++; files%4 != 0 {
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		h := simHash(t, string(body))
		hashes = append(hashes, h)
		if at := len(body) / 3; len(body) > 30_000 {
			if p := strings.Index(string(body[at:]), "</p>"); p >= 0 {
				changed++
				if similar.Distance(h, simHash(t, string(body[:at+p])+" 3 August 2031 12:05"+string(body[at+p:]))) > similar.Near {
					moved++
				}
			}
		}
		return nil
	})
	if os.IsNotExist(err) || files == 0 {
		t.Skipf("no pages in %s: Debian's python3.11-doc has them", realPages)
	}
	if err != nil {
		t.Fatal(err)
	}
	near := 0
	for i, a := range hashes {
		for _, b := range hashes[:i] {
			if a != 0 && b != 0 && similar.Distance(a, b) <= similar.Near {
				near++
			}
		}
	}
	t.Logf("%d of %d changed pages moved away; %d pairs of %d pages are near", moved, changed, near, len(hashes))
	if changed < 50 || moved > changed/20 || near > 0 {
		t.Errorf("%d of %d changed pages moved away, %d pairs of %d pages are near", moved, changed, near, len(hashes))
	}
}
