package extract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What would end the reading of a page in HTML and is legal in XML.
func TestEmptyElementsOfXML(t *testing.T) {
	for _, c := range []struct{ page, want string }{
		{`<script src="x.js" type="text/javascript"/><style /><title>T</title>`, "title: T\nlink /y y"},
		{`<title/>text`, "link /y y"},
		{`<title/><title>no</title>`, "link /y y"},
		{`<svg><title/></svg><title>T</title>`, "title: T\nlink /y y"},
		{`<textarea/><xmp/><noembed/><noframes/><template/><noscript/>`, "link /y y"},
		{`<iframe src="/f"/>`, "link /f\nlink /y y"},
		{`<a href="/x"/>text`, "link /x\nlink /y y"},
		{`<a href="/x">te<script/>xt</a><a id="i"/>`, "link /x text\nlink /y y"},
		{`<script>"<a href='/no'/>"</script><script>// <![CDATA[
			if (a<b) {}
			// ]]></script>`, "link /y y"},
		{`<p><![CDATA[ > <a href="/no">x</a>]]></p><a href="/x"><![CDATA[1<2]]></a>`, "link /x 1<2\nlink /y y"},
	} {
		page := []byte(c.page + `<a href="/y">y</a>`)
		if d := cmp.Diff(c.want+"\n", describe(Options{XML: true}.HTML(page, mustParse(t, here), nil))); d != "" {
			t.Errorf("%s\n(-want +got)\n%s", c.page, d)
		}
	}
	// In HTML a solidus there means nothing.
	if p := HTML([]byte(`<script/><a href=/no></script><a href=/x>`), mustParse(t, here), nil); len(p.Links) != 1 {
		t.Errorf("%d links", len(p.Links))
	}
}

func TestPartsOfXML(t *testing.T) {
	p := Options{XML: true}.ReadParts([]byte(`<script src="s.js"/><style/><template/><picture/><img src="i" id="i"/>`), mustParse(t, here), nil)
	if len(p.Assets) != 2 || strings.Join(p.IDs, " ") != "i" {
		t.Errorf("%v", p)
	}
}

func TestTreeOfXML(t *testing.T) {
	for _, c := range []struct{ xml, html string }{
		{`<title/><script src="s"/><p>a</p>`, `<title></title><script src="s"></script><p>a</p>`},
		{`<p>a<b/>c<a href="x"/>d<br/>e</p><div/>f`, `<p>a<b></b>c<a href="x"></a>d<br>e</p><div></div>f`},
		{`<table><tr><td/><td><textarea/>x</td></tr></table>`, `<table><tr><td></td><td><textarea></textarea>x</td></tr></table>`},
		{`<template/><svg><g/></svg><iframe src="f"/>x`, `<template></template><svg><g></g></svg><iframe src="f"></iframe>x`},
		{`<p><![CDATA[a<b]]></p>`, `<p>a&lt;b</p>`},
	} {
		got := outline(Options{XML: true}.ReadTree([]byte(c.xml), mustParse(t, here), nil).Root)
		if d := cmp.Diff(byXNet(t, []byte(c.html)), got); d != "" {
			t.Errorf("%s\n(-want +got)\n%s", c.xml, d)
		}
	}
}
