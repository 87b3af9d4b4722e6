package extract

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"amble/frontier/canon"
)

// differ tells in what HTML and the reference read body differently; empty if in nothing.
func differ(body []byte, base canon.URL) string {
	return cmp.Diff(referenceHTML(body, base, nil), HTML(body, base, nil), cmp.Comparer(func(a, b canon.URL) bool { return a == b }))
}

// differInTokens tells in what the tokenizer and that of x/net differ on body, which is valid UTF-8. What is random about it are CDATA sections:
// they are allowed and forbidden as a page would, between any two tokens.
func differInTokens(body []byte, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 0))
	x := html.NewTokenizer(bytes.NewReader(body))
	s := newScanner(body, true)
	for {
		theirs, ours := x.Next(), s.z.next()
		at := s.z.start
		raw := s.z.body[s.z.start:s.z.end]
		if theirs == html.ErrorToken {
			if ours != endToken {
				return fmt.Sprintf("at %d token %d instead of the end", at, ours)
			}
			return ""
		}
		if want := x.Raw(); !bytes.Equal(raw, want) {
			return fmt.Sprintf("at %d token %d, %q; want %v, %q", at, ours, raw, theirs, want)
		}
		want := skipToken
		switch theirs {
		case html.TextToken:
			want = textToken
			if said, theirs := s.said(), x.Text(); !bytes.Equal(said, theirs) {
				return fmt.Sprintf("at %d text %q, want %q", at, said, theirs)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			want = startTagToken
			if ours != want {
				break
			}
			if d := differInTag(s, x, theirs == html.SelfClosingTagToken); d != "" {
				return fmt.Sprintf("at %d %s in %q", at, d, raw)
			}
		case html.EndTagToken:
			want = endTagToken
		}
		if ours != want {
			return fmt.Sprintf("at %d token %d, want %d: %q", at, ours, want, raw)
		}
		allow := r.IntN(2) == 0
		x.AllowCDATA(allow)
		s.z.allowCDATA = allow
	}
}

func differInTag(s *scanner, x *html.Tokenizer, selfClosing bool) string {
	if got := s.z.selfClosing(); got != selfClosing {
		return fmt.Sprintf("self-closing: %v, want %v", got, selfClosing)
	}
	name, more := x.TagName()
	if n := s.z.tag.name; n != string(name) && (n != "" || refElementOf(name) != other || refCloses(name) != noScope || refBreaksOut(name)) {
		return fmt.Sprintf("name %q, want %q", n, name)
	}
	if t := s.z.tag; t.element != refElementOf(name) || t.scope != refCloses(name) || t.breaksOut != refBreaksOut(name) {
		return fmt.Sprintf("%+v", *t)
	}
	switch t := s.z.tag; t.element {
	case noscriptElement:
		x.NextIsNotRawText()
	case rawElement, iframeElement, titleElement:
		s.z.raw = t
	}
	for more {
		var key, value []byte
		key, value, more = x.TagAttr()
		if slices.ContainsFunc(key, func(c byte) bool { return c >= utf8.RuneSelf }) {
			continue // the tokenizer is not asked for such, and U+FFFD may have been NUL
		}
		if got := s.attributes(string(key))[0]; got == nil || !bytes.Equal(got, value) {
			return fmt.Sprintf("%q is %q, want %q", key, got, value)
		}
	}
	if got := s.attributes("not\x00there")[0]; got != nil {
		return "an attribute that is not there"
	}
	return ""
}

// hold fails if body is read otherwise than by x/net, but where that departs from the standard.
func hold(t *testing.T, body []byte, base canon.URL) {
	t.Helper()
	if takesLiberty(body) {
		return
	}
	d := differ(body, base)
	if d == "" {
		d = differInTokens(bytes.ToValidUTF8(body, []byte("\uFFFD")), uint64(len(body)))
	}
	if d != "" {
		t.Fatalf("%s\nin %.3000q", d, body)
	}
}

// nasties are made for what a tokenizer can be lost in, beside the hostile pages.
var nasties = []string{
	"<script><!-- < <script></script> --></script><a href=/x>", "<script><!-- <a><script></script>x</script><a href=/x>", "<script><!--></script><a href=/x>",
	"<script><!---></script><a href=/x>", "<script><!--a--></script><a href=/x>", "<script><!--<script></script ></script\n><a href=/x>",
	"<script><!--<scripty></script><a href=/x>", "<script><!--<SCRIPT/></SCRIPT/>--></script><a href=/x>", "<script><!-<script></script><a href=/x>",
	"<script><<!--<script>--</script>--></script><a href=/x>", "<script></script", "<script></scrip</script><a href=/x>", "<script>< /script></script><a href=/x>",
	"<script><!--<script></script><</script><a href=/x>", "<script><!-- - -- - --></script><a href=/x>", "<script><!--<script>-->x</script><a href=/x>",
	"<script><!--<\x00script></script><a href=/x>", "<script/><a href=/n></script><a href=/x>", "<ſcript><a href=/x>", "<style></ſtyle></style><a href=/x>",
	"<title>&amp;&lt&notit;&#0;\x00\r\n\r</TITLE ><textarea>&amp;</textareas></textarea/><a href=/x>&amp;</a>", "<title><title></title>", "<title><!--</title>-->",
	"<title></title x=\">\"><a href=/x>", "<plaintext></plaintext><a href=/n>", "<xmp><a></xmp><noembed></noembed><noframes></noframes><iframe></iframe><noscript><p></noscript>",
	"<a href=/1 href=/2 HREF=/3>", "<a x=1 x=/>", "<svg><a x=/ x=/><title>t</title>", "<svg><a x=/ X=/ />", "<svg/x=/><svg x=\"/\"><svg/><svg / ><svg/ / /><svg x/><svg x= />",
	"<svg><path a=1 b=2 a=/><a xlink:href=/x a=/ b a=/>", "<a\x00 hr\x00ef=/n href\x00=/n href=/\x00x>", "<a href\v=/n>", "<a\fhref=/x\f>", "<a\vhref=/n>",
	"<a href=\"&amp;&ampx&amp=&amp;=&amp\">", "<a href='?&notin=1&notin;&not&not=&notx=&fjlig;&fjlig&semi;&NotEqualTilde;&ThickSpace;&bne;'>",
	"<a href='?&CounterClockwiseContourIntegral;&CounterClockwiseContourIntegralx;&ampCounterClockwiseContourIntegral;&'>&CounterClockwiseContourIntegral;&CounterClockwiseContourIntegralx;&ampCounterClockwiseContourIntegral;&</a>",
	"<a href=&#x26;&#38&#x&#&#;&#x;&#xg;&#a;&#1114112;&#55296;&#128;&#129;&#159;&#13;&#10;&#99999999999999999999;>&#x26;&#38&#x&#&#;&#x;&#xg;&#a;&#1114112;&#55296;&#128;&#129;&#159;&#13;&#10;&#99999999999999999999;</a>",
	"<a href=&#X2f;x>&#\x11\x12;&#3\x12;&#x\x01;</a>", "<a==x =href=y ==href=z href==w>", "<a href = /x>", "<a href\n=\r'/x\r\ny\rz'>", "<a href=/x'\"y>", "<a/href=/x/>", "<a href=>", "<a href= >", "<a href=''>",
	"<a ' href=/n' href=/x>", "<a href=\"/x\"id=y>", "<a href=/x<b>", "<!-->x<a href=/1>--!>", "<!--->x", "<!---->x", "<!----->x", "<!--!>x-->y", "<!---!>x-->y", "<!----!>x-->y", "<!----!-->x", "<!----!-!>x-->", "<!----!!>x-->",
	"<!-- --!--!>x", "<!-- -- !>x-->", "<!-", "<!--", "<!---", "<!----", "<!----!", "<!", "<!>", "<!x", "<?", "<?>", "<?x?>y", "</", "</>", "</ ", "</ >x", "</1>x", "</a", "</a x='>'>y", "<", "<a", "<a ", "<a x", "<a x=", "<a x='", "<a x=y", "<1>", "<<a href=/x>", "a<", "a</", "a<!", "a<?",
	"<!doctype html><a href=/x>", "<!DOCTYPE", "<!DOCTYPEx>y", "<!doctype html [<a>]>y", "<![CDATA[x]]>y", "<![cdata[x]]>y", "<svg><![CDATA[&amp;\x00\r\n]]]>]]>y", "<svg><![CDATA[", "<svg><![CDATA[]]>", "<svg><![CDATA[x>]>]]", "<svg><![CDAT", "<svg><![CDATA[x]]</svg>",
	"<math><annotation-xml encoding=text/HTML><a href=/x>", "<math><annotation-xml><a href=/x>", "<svg><annotation-xml encoding=text/html><title>", "<svg><font><title>x", "<svg><font size=1><title>x",
	"<base href=/b/ href=/c/><a href=x>", "<template><base href=/n><a href=/n></template><a href=/x>", "<svg><template><a href=/x>", "<img alt='&lt;\x00\r\n&#13;' src=/x>", "\x00<\x00a href=/n>\x00", "\xff<a href='/\xffx'>\xc3</a>\xe2\x82",
	"<blockquoteX href=/n><BLOCKQUOTE><figcaption><foreignobject><annotation-xmls><averyveryverylongname/><areas href=/n><ahref=/n>",
	"<a\xc4\xb0 href=/n><\xe2\x84\xaa href=/n>", "<a href=/1 \xe2\x84\xaa=1 k=2 K=3/>", "<svg><a \xe2\x84\xaas=/ sk\xc5\xbf=/ />",
}

// Cut anywhere, a page must end as it does in x/net too.
func TestNastiesAreReadAsByXNet(t *testing.T) {
	base := mustParse(t, here)
	all := slices.Clone(nasties)
	for _, p := range hostilePages {
		all = append(all, p.page)
	}
	for _, p := range pages {
		all = append(all, p.page)
	}
	for _, f := range floods {
		all = append(all, string(f.page(300)))
	}
	for _, p := range all {
		hold(t, []byte(p), base)
		if len(p) > 1000 {
			continue
		}
		for i := range p {
			hold(t, []byte(p[:i]), base)
			hold(t, []byte(p[i:]), base)
		}
	}
}

// Names and attributes of each length, and as many of these as one looks up where they were noted, and more.
func TestLongTagsAreReadAsByXNet(t *testing.T) {
	base := mustParse(t, here)
	for n := range 20 {
		for _, end := range []string{">", " >", "/>", " />", "", " "} {
			for _, more := range []string{` k%d="v>"`, ` k%d`, `/k%d=v`, "\nkey%d='v'", ` %dlonger-name = "v"`, ` k="%d"`} {
				row := ""
				for i := range n {
					row += fmt.Sprintf(more, i)
				}
				hold(t, []byte(`<a`+row+` href="/x"`+end+`x</a>`), base)
				hold(t, []byte(`<a href="/x"`+row+end), base)
				hold(t, []byte(`<svg><a`+row+end+`<title>x</title>`), base)
			}
			for _, c := range "aZ@[`{\x7f1-_:.é=\"'\x00" {
				name := strings.Repeat(string(c), n)
				hold(t, []byte(`<a `+name+`="/n" href="/x"`+end+`x</a>`), base)
				hold(t, []byte(`<p `+name+`="`+end), base)
				hold(t, []byte(`<b`+name+` href=/n`+end+`x</b`+name+end), base)
			}
		}
	}
}

// marks are what tags, comments and references are made of.
var marks = strings.Fields(`< </ > /> <! <!-- --> -- - ! --!> ? <?x = == " ' / & &amp &amp; &# &#x &#65; &not &notin; &lt= ; [CDATA[ <![CDATA[ ]] ]]> DOCTYPE
	a A b href HREF href= href=" href=' src= x script <script> </script> <SCRIPT </SCRIPT title <title> </title> <style> </style> <textarea> </textarea>
	<svg> </svg> <svg/> <math> </math> <p> <desc> </desc> <template> </template> <noscript> </noscript> <plaintext> <xmp> </xmp> <iframe> </iframe> font color
	annotation-xml encoding=text/html mi <a <a> </a> word é € 爬 \ # : http:// //h/`)

func TestRandomMarksAreReadAsByXNet(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	base := mustParse(t, here)
	n := 200_000
	if testing.Short() || underRace {
		n = 20_000
	}
	blanks := []string{" ", " ", "\n", "\t", "\r\n", "\r", "\f", "\v", "\x00", "\xff", "\x1b"}
	for range n {
		var b []byte
		for range 1 + r.IntN(25) {
			if r.IntN(4) == 0 {
				b = append(b, blanks[r.IntN(len(blanks))]...)
			} else {
				b = append(b, marks[r.IntN(len(marks))]...)
			}
		}
		hold(t, b, base)
	}
}

// Every name that x/net knows must be read alike, whole and broken.
func TestEntitiesAreReadAsByXNet(t *testing.T) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/net").Output()
	if err != nil {
		t.Skip(err)
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "html/entity.go"))
	if err != nil {
		t.Skip(err)
	}
	base, n := mustParse(t, here), 0
	for line := range strings.Lines(string(source)) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), `"`)
		name, _, found := strings.Cut(name, `":`)
		if !ok || !found {
			continue
		}
		n++
		bare := strings.TrimSuffix(name, ";")
		for _, s := range []string{name, bare, bare + "x", bare + "=", bare + "x;", bare + " ", bare[1:] + ";", name + "amp;", bare + "&" + name} {
			hold(t, []byte("<title>&"+s+"</title><a href='/?&"+s+"'>&"+s+"</a>"), base)
		}
	}
	if n != 2231 { // as many as HTML, "named character references", has
		t.Errorf("%d names found: the form of the source has changed", n)
	}
}

// realTrees are where pages stand on a machine with Debian's python3.11-doc, postgresql-doc-15 and rust-doc.
var realTrees = []string{realPages, "/usr/share/doc/postgresql-doc-15/html", "/usr/share/doc/rust-doc/html"}

func TestRealPagesAreReadAsByXNet(t *testing.T) {
	for _, tree := range realTrees {
		t.Run(filepath.Base(filepath.Dir(tree)), func(t *testing.T) {
			pages := readPages(t, tree, 3000)
			if testing.Short() || underRace {
				pages = pages[:min(len(pages), 100)]
			}
			for _, body := range pages {
				hold(t, body, mustParse(t, here))
			}
		})
	}
}

// readPages are pages of a tree, all of them or nearly as many as wanted, from all its parts.
func readPages(t testing.TB, tree string, most int) (bodies [][]byte) {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".html" {
			paths = append(paths, path)
		}
		return err
	})
	if os.IsNotExist(err) || err == nil && len(paths) == 0 {
		t.Skipf("no pages in %s: one of Debian's packages python3.11-doc, postgresql-doc-15 and rust-doc has them", tree)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(paths); i += 1 + len(paths)/most {
		body, err := os.ReadFile(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	return bodies
}

// FuzzTokens holds the tokenizer to that of x/net, and the scanner to the reference.
func FuzzTokens(f *testing.F) {
	for _, p := range nasties {
		f.Add([]byte(p))
	}
	for _, p := range hostilePages {
		f.Add([]byte(p.page))
	}
	base := mustParse(f, here)
	f.Fuzz(func(t *testing.T, body []byte) { hold(t, body, base) })
}
