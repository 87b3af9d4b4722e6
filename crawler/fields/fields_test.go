package fields

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amble/crawler/extract"
	"amble/frontier/canon"
)

const pageURL = "https://shop.test/products/7"

func tree(t testing.TB, page string) *extract.Tree {
	t.Helper()
	base, err := canon.Parse(pageURL)
	if err != nil {
		t.Fatal(err)
	}
	return extract.ReadTree([]byte(page), base, nil)
}

func parsed(t testing.TB, rules ...string) (all []Rule) {
	t.Helper()
	for _, s := range rules {
		r, err := Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func extracted(t testing.TB, page string, structured bool, rules ...string) map[string][]string {
	t.Helper()
	x, err := Compile(parsed(t, rules...), structured)
	if err != nil {
		t.Fatal(err)
	}
	return x.Extract(tree(t, page), pageURL)
}

const shop = `<!doctype html><html lang=en><head><title>Kettle</title><base href="/img/">
<meta property="og:title" content="A  kettle" name=other><meta property="og:image" content="k.jpg"><meta name="og:type" content=product>
<meta property="product:price:amount" content="19.90"><meta name=author content="A. N. Other">
<script type="application/ld+json">{"@context":"https://schema.org","@type":"Product","name":"Kettle &amp; co","sku":17,
 "offers":[{"@type":"Offer","price":19.90,"availability":"https://schema.org/InStock"},{"price":"21.00"}],"brand":{"@type":"Brand","name":"Acme"},"isbn":null,"new":true}</script>
<script type="application/ld+json">{"@graph":[{"@type":["Article","NewsArticle"],"headline":"H","author":[{"name":"A"},{"name":"B"}]},{"@value":"no"}]}</script>
<script type="application/ld+json">{broken</script></head>
<body><h1>The <b>kettle</b></h1><p class="price old">Price: € 25.00<p class=price>Price: € 19.90<p>
<img class=hero src="a b.jpg#x"><img class=hero src="https://cdn.test/c.jpg"><a href="mailto:me@shop.test">mail</a><a href="?q=1#top">q</a>
<div itemscope itemtype="http://schema.org/Person" itemref=more><span itemprop=name>Ann</span><a itemprop=url href=ann>Home</a>
 <div itemprop=address itemscope itemtype=http://schema.org/PostalAddress><span itemprop=city>Ulm</span></div><meta itemprop=gender content=f></div>
<p id=more itemprop=jobTitle>Smith</p><template><p class=price>hidden</p></template>
<table><tr><td>a<td>b</table><ul><li>one<li>two</ul><script>var x = "<p class=price>no</p>"</script></body>`

func TestSourcesGiveTheirValues(t *testing.T) {
	for _, c := range []struct {
		rule string
		want []string
	}{
		{"v=css:h1", []string{"The kettle"}},
		{"v=css: .price ::text", []string{"Price: € 25.00", "Price: € 19.90"}},
		{"v=css:.price:not(.old)", []string{"Price: € 19.90"}},
		{"v=css:img.hero@src", []string{"https://shop.test/img/a%20b.jpg#x", "https://cdn.test/c.jpg"}},
		{"v=css:img::attr(CLASS)", []string{"hero", "hero"}},
		{"v=css:a@href", []string{"mailto:me@shop.test", "https://shop.test/img/?q=1#top", "https://shop.test/img/ann"}},
		{"v=css:a[href^='mailto:']@href", []string{"mailto:me@shop.test"}},
		{"v=css:a[href*='@']", []string{"mail"}},
		{"v=css:html@lang", []string{"en"}},
		{"v=css:tr", []string{"a b"}},
		{"v=css:ul > li + li, h1 b", []string{"kettle", "two"}},
		{"v=css:body li:first-child ~ li", []string{"two"}},
		{"v=css:div div span", []string{"Ulm"}},
		{"v=css:li:contains('TW')", []string{"two"}},
		{"v=css:ul:has(li)", []string{"one two"}},
		{"v=css:nothing", nil},
		{"v=css:title", []string{"Kettle"}},
		{"v=meta:Author", []string{"A. N. Other"}},
		{"v=meta:og:title", []string{"A kettle"}},
		{"v=meta:other", []string{"A kettle"}},
		{"v=og:image", []string{"https://shop.test/img/k.jpg"}},
		{"v=jsonld:Product.offers.price", []string{"19.90", "21.00"}},
		{"v=jsonld:Product.name", []string{"Kettle &amp; co"}},
		{"v=jsonld:Article.author.name", []string{"A", "B"}},
		{"v=jsonld:@type", []string{"Product", "Article", "NewsArticle"}},
		{"v=microdata:Person.address.city", []string{"Ulm"}},
		{"v=microdata:Person.jobTitle", []string{"Smith"}},
		{"v=microdata:Person.url", []string{"https://shop.test/img/ann"}},
	} {
		got := extracted(t, shop, false, c.rule)
		if diff := cmp.Diff(c.want, got["v"]); diff != "" {
			t.Errorf("%s: %s", c.rule, diff)
		}
	}
}

func TestStructuredDataAreAllTaken(t *testing.T) {
	want := map[string][]string{
		"@note":    {"a script of type application/ld+json is no JSON: it is left out"},
		"og:title": {"A kettle"}, "og:image": {"https://shop.test/img/k.jpg"}, "og:type": {"product"}, "product:price:amount": {"19.90"},
		"jsonld:@type": {"Product", "Article", "NewsArticle"}, "jsonld:Product.name": {"Kettle &amp; co"}, "jsonld:Product.sku": {"17"},
		"jsonld:Product.offers.@type": {"Offer"}, "jsonld:Product.offers.price": {"19.90", "21.00"},
		"jsonld:Product.offers.availability": {"https://schema.org/InStock"}, "jsonld:Product.brand.@type": {"Brand"}, "jsonld:Product.brand.name": {"Acme"},
		"jsonld:Product.new": {"true"}, "jsonld:Article.headline": {"H"}, "jsonld:Article.author.name": {"A", "B"},
		"microdata:@type": {"Person"}, "microdata:Person.name": {"Ann"}, "microdata:Person.url": {"https://shop.test/img/ann"},
		"microdata:Person.address.@type": {"PostalAddress"}, "microdata:Person.address.city": {"Ulm"}, "microdata:Person.gender": {"f"},
		"microdata:Person.jobTitle": {"Smith"},
	}
	if diff := cmp.Diff(want, extracted(t, shop, true)); diff != "" {
		t.Error(diff)
	}
}

func TestRulesOfOneNameFollowEachOther(t *testing.T) {
	rules := []Rule{
		{Name: "price", From: "css:.missing", First: true},
		{Name: "price", From: "css:.price", Match: `([0-9]+)\.`, First: true},
		{Name: "price", From: "og:title", First: true},
		{Name: "all", From: "og:title"}, {Name: "all", From: "css:li"},
		{Name: "here", From: "css:title", Include: []string{"/products/[0-9]+$"}},
		{Name: "there", From: "css:title", Include: []string{"/news/"}},
		{Name: "out", From: "css:title", Exclude: []string{"products"}},
		{Name: "none", From: "css:title", Match: "[0-9]"},
	}
	x, err := Compile(rules, false)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"price": {"25"}, "all": {"A kettle", "one", "two"}, "here": {"Kettle"}}
	if diff := cmp.Diff(want, x.Extract(tree(t, shop), pageURL)); diff != "" {
		t.Error(diff)
	}
	if x, _ := Compile(rules[6:7], false); x.Wants(pageURL) || !x.Wants("https://shop.test/news/1") {
		t.Error("a rule wants pages that it is not for")
	}
	if x, err := Compile(nil, false); x != nil || err != nil || x.Wants(pageURL) {
		t.Error("nothing is wanted, and something is")
	}
}

func TestMistakesShowThePlace(t *testing.T) {
	for _, c := range []struct{ rule, want string }{
		{"css:.price", `"css:.price": a name and = are missing before the source: write, for example, price=css:.price`},
		{"css:a[href=x]", `"css:a[href=x]": a name and = are missing before the source: write, for example, price=css:.price`},
		{"a b=css:p", `"a b" is no name of a field: it has letters, digits, _ and -, and begins with a letter`},
		{"@note=css:p", `"@note" is no name of a field`},
		{"x=", `the source is missing: it begins with css:, meta:, og:, jsonld: or microdata:`},
		{"x=.price", `".price" does not say what it is: for a selector, write css:.price`},
		{"x=xpath://p", `"xpath:" is not known: a source begins with css:`},
		{"x=css:", `nothing follows "css:": write`},
		{"x=css:@href", `no selector stands before @href`},
		{"x=css:a@", `"" is no name of an attribute: write, for example, css:img.hero@src`},
		{"x=css:a::attr(b c)", `"b c" is no name of an attribute`},
		{"x=css:a::html", `::html is not known: use ::text or ::attr(NAME), as in css:.price::text`},
		{"x=css:div..a", `in the selector "div..a", at character 4 (..a): a name must follow, as in .price or #main`},
		{"x=css:div >", `in the selector "div >", at its end: the name of an element or class is missing`},
		{"x=css:a[href", `in the selector "a[href", at character 2 ([href): the closing ] is missing`},
		{"x=css:a[href=]", `at character 2 ([href=]): write an attribute as [name], [name=value] or [name*="part"]`},
		{"x=css:é > p:frist-child", `at character 6 (:frist-child): this pseudo-class is not known: there are :checked, :contains`},
		{"x=css:p:nth-child(x)", `at character 2 (:nth-child(x)): what stands in the parentheses is not understood`},
		{"x=css:p:nth-child", `at character 2 (:nth-child): something in parentheses is missing here`},
		{"x=css:p:not(a b)", `in :not stands what is said of one element, such as :not(a.old), without steps`},
		{"x=css:p)", `at character 2 ()): a selector does not go on like this`},
		{"x=css:p::before", `::before is not known: use ::text`},
		{"x=css:p::before b", `at character 2 (::before b): this can stand at the very end alone`},
		{"x=css:a,,b", `at character 3 (,b): the name of an element or class is missing`},
		{"x=css:a\"b", `at character 2 ("b): a selector does not go on like this`},
		{"x=css:5a", `at character 1 (5a): write the name of an element, such as div`},
		{"x=jsonld:$.a", `"$.a" is no path: names stand between dots, the type first, as in jsonld:Product.offers.price`},
		{"x=css:a:matches([)", `what stands in the parentheses is not understood`},
	} {
		_, err := Parse(c.rule)
		if err == nil || !errors.Is(err, ErrRule) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.rule, err, c.want)
			continue
		}
		if s := err.Error(); strings.ContainsAny(s, "\n") || strings.Contains(s, "regexp:") {
			t.Errorf("%s: %s", c.rule, s)
		}
	}
	for _, r := range []Rule{{Name: "x", From: "css:p", Match: "(a"}, {Name: "x", From: "css:p", Include: []string{"*"}}, {Name: strings.Repeat("x", 201), From: "css:p"}} {
		if _, err := Compile([]Rule{r}, false); !errors.Is(err, ErrRule) || strings.Contains(err.Error(), "parsing") {
			t.Errorf("%v: %v", r, err)
		}
	}
}

func TestRulesFiles(t *testing.T) {
	rules, structured, err := parseFile("shop.toml", []byte(`
structured = true
[fields]
z = "css:h1"
a = ["css:h2", "og:title"]
[[pages]]
include = ['/products/[0-9]+']
[pages.fields]
price = { from = ["jsonld:Product.offers.price", "css:.price"], match = '[0-9.]+', first = true }
[[pages]]
exclude = '/products/'
fields.title = "css:title"
[pages.fields.author]
from = "meta:author"
`))
	if err != nil || !structured {
		t.Fatal(err, structured)
	}
	in, out := []string{"/products/[0-9]+"}, []string{"/products/"}
	want := []Rule{
		{Name: "z", From: "css:h1"}, {Name: "a", From: "css:h2"}, {Name: "a", From: "og:title"},
		{Name: "price", From: "jsonld:Product.offers.price", Match: "[0-9.]+", First: true, Include: in},
		{Name: "price", From: "css:.price", Match: "[0-9.]+", First: true, Include: in},
		{Name: "title", From: "css:title", Exclude: out}, {Name: "author", From: "meta:author", Exclude: out},
	}
	if diff := cmp.Diff(want, rules); diff != "" {
		t.Error(diff)
	}
}

func TestMistakesInRulesFilesShowTheLine(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `f.toml:1: there are no fields in it: write lines such as price = "css:.price" below [fields]`},
		{"\nx = ", `f.toml:2: this is no TOML`},
		{"\n\nprice = 'css:p'", `f.toml:3: "price" is not known here: there are structured, [fields] and [[pages]]; fields stand below [fields]`},
		{"structured = 1", `f.toml:1: structured: write true or false`},
		{"[fields]\na = 'css:p'\nb = 'css:p['", `f.toml:3: field "b": in the selector "p[", at character 2 ([): the closing ] is missing`},
		{"[fields]\na = 5", `f.toml:2: field "a": write a source such as "css:.price", a list of them`},
		{"[fields]\n'a b' = 'css:p'", `f.toml:2: field "a b": "a b" is no name of a field`},
		{"[fields]\na = {from='css:p', frist=true}", `f.toml:2: field "a": "frist" is not known: a field has from, match and first`},
		{"[fields]\na = {from='css:p', first=1}", `f.toml:2: field "a": first: write true or false`},
		{"[fields]\na = {from='css:p', match='('}", `f.toml:2: field "a": match: "(" is no regular expression: missing closing ) at "("`},
		{"[pages]\ninclude='x'", `f.toml:1: pages are groups: write [[pages]] with two brackets`},
		{"[[pages]]\n[pages.fields]\na='css:p'", `f.toml:1: these [[pages]] do not say which they are`},
		{"[[pages]]\ninclude=['x']\nfields.b='css:p'\n[[pages]]\ninclude = ['(']\nfields.a='css:p'", `f.toml:5: include: "(" is no regular expression`},
		{"[[pages]]\ninclude=['x']", `f.toml:1: these [[pages]] have no fields`},
		{"[[pages]]\nurl=['x']", `f.toml:2: "url" is not known here: [[pages]] have include, exclude and [pages.fields]`},
		{"pages = [1]", `f.toml:1: pages are groups`},
		{"[[pages]]\ninclude=[1]\n", `f.toml:2: include: write a list of regular expressions`},
	} {
		_, _, err := parseFile("f.toml", []byte(c.text))
		if !errors.Is(err, ErrRule) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
	if _, _, err := ReadFile("nowhere/f.toml"); err == nil || err.Error() != "the rules file nowhere/f.toml cannot be read: no such file or directory" {
		t.Error(err)
	}
}

func TestValuesAreBounded(t *testing.T) {
	got := extracted(t, strings.Repeat("<p>x", MaxValues+1), false, "p=css:p")
	if len(got["p"]) != MaxValues || !cmp.Equal(got[Note], []string{"p has more than 10000 values"}) {
		t.Error(len(got["p"]), got[Note])
	}
	got = extracted(t, "<p>"+strings.Repeat("äx", MaxValue), false, "p=css:p")
	if v := got["p"][0]; len(v) > MaxValue || len(v) < MaxValue-4 || !strings.HasSuffix(v, "x") && !strings.HasSuffix(v, "ä") {
		t.Error(len(v))
	}
	got = extracted(t, strings.Repeat("<p>"+strings.Repeat("x", 60_000), 20), false, "p=css:p", "q=css:p")
	if len(got["p"]) != 8 || len(got["q"]) != 0 || !cmp.Equal(got[Note], []string{"the values are more than 512 KiB together"}) {
		t.Error(len(got["p"]), got[Note])
	}
	got = extracted(t, "<p>a\x1b[31m\u202eb\n\t c&#0;d<p title='\x07'>", false, "p=css:p", "t=css:p@title")
	if diff := cmp.Diff(map[string][]string{"p": {"a[31mb c\uFFFDd"}}, got); diff != "" {
		t.Error(diff)
	}
}

// TestNothingTakesMinutes: pages that would hold up a matcher that tries all ways are done with when the work is that they may make.
func TestNothingTakesMinutes(t *testing.T) {
	deep := strings.Repeat("<div>", 500) + strings.Repeat("<span>x</span>", 10_000)
	wide := strings.Repeat("<i>x</i>", 30_000)
	items := strings.Repeat("<div itemscope itemprop=a itemref='a b c'>", 400)
	referring := strings.Repeat("<div itemscope itemref=a></div>", 20_000)
	for _, c := range []struct {
		name, page string
		structured bool
		rules      []string
	}{
		{"steps", deep, false, []string{"a=css:section div div div div div div span"}},
		{"siblings", wide, false, []string{"a=css:b ~ i ~ i ~ i ~ i ~ i", "b=css:i:nth-child(2n)", "c=css:i:only-of-type"}},
		{"has", deep, false, []string{"a=css:div:has(b)", "b=css:div:not(:has(b:has(i)))", "c=css:div:contains('y')"}},
		{"texts", deep, false, []string{"a=css:div", "b=css:div", "c=css:div", "d=css:div"}},
		{"references", "<p id=a><p id=b><p id=c>" + items, true, nil},
		{"references crosswise", manyItems(300), true, nil},
		{"json", "<script type=application/ld+json>" + strings.Repeat(`[{"a":`, 20_000), true, nil},
		{"more json", "<script type=application/ld+json>[" + strings.Repeat(`{"@type":"a","b":0},`, 15_000) + "0]", true, nil},
		{"many rules", wide, false, slow(100)},
		{"one text for many items", "<p id=a itemprop=x>" + strings.Repeat("text ", 20_000) + "</p>" + referring, true, nil},
		{"one blank for many items", "<p id=a itemprop=x>" + strings.Repeat(" ", 500_000) + "</p>" + referring, true, nil},
		{"one blank attribute for many items", "<meta id=a itemprop=x content='" + strings.Repeat(" ", 500_000) + "'>" + referring, true, nil},
		{"one list of names for many items", "<p id=a itemprop='" + strings.Repeat("a ", 200_000) + "'></p>" + referring, true, nil},
		{"one list of references for many items", "<p id=a itemprop=x itemscope itemref='" + strings.Repeat("b ", 200_000) + "'></p>" + referring, true, nil},
		{"one list of types for many items", "<p id=a itemprop=x itemscope itemtype='" + strings.Repeat(" ", 500_000) + "'></p>" + referring, true, nil},
		{"one name for many items", "<p id=a itemprop=" + strings.Repeat("a", 500_000) + "></p>" + referring, true, nil},
		{"links upon a long base", "<base href='/" + strings.Repeat("b", 60_000) + "/'>" + strings.Repeat("<a itemprop=x href=y>", 20_000), false,
			[]string{"a=css:a@href", "b=css:a:not(b)@href"}},
		{"images upon a long base", "<base href='/" + strings.Repeat("b", 60_000) + "/'>" + strings.Repeat("<meta property=og:image content=y>", 20_000), true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			const work = 1_000_000 // a hundredth of what a page may make
			start := time.Now()
			x, err := Compile(parsed(t, c.rules...), c.structured)
			if err != nil {
				t.Fatal(err)
			}
			d := newDocument(tree(t, c.page), work)
			begun := time.Now()
			got := x.extract(d, pageURL)
			if took := time.Since(begun); took > 2*time.Second { // it is some hundredths
				t.Errorf("it took %v", took)
			}
			if spent := work - d.work; spent > work+visitCost {
				t.Errorf("%d of %d", spent, work)
			}
			total := 0
			for _, all := range got {
				for _, v := range all {
					total += len(v)
				}
			}
			t.Logf("%d bytes: %v, %d bytes of values, %q", len(c.page), time.Since(start), total, got[Note])
			if total > MaxTotal+10_000 {
				t.Errorf("%d bytes of values", total)
			}
		})
	}
}

func slow(n int) (rules []string) {
	for range n {
		rules = append(rules, "x=css:b i:not(.a), p > i")
	}
	return rules
}

// manyItems are items that refer to each other.
func manyItems(n int) string {
	var b strings.Builder
	for i := range n {
		next := string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		after := string(rune('a'+(i+1)%26)) + strings.Repeat("x", (i+1)/26)
		b.WriteString("<p id=" + next + "><b itemscope itemprop=p itemref='" + after + " " + after + "'></b><i itemscope itemprop=q itemref=" + after + "></i></p>")
	}
	return b.String() + "<div itemscope itemref='a b'>"
}

// FuzzSelectors: a selector is understood, or one error; and matched as by cascadia alone.
func FuzzSelectors(f *testing.F) {
	for _, s := range []string{"a > b c ~ d + e, f", "p:not(.x)[a='b'] *", "li:nth-child(2n+1):has(a)", "a\\:b #c", ":root > body", "p:contains(\"x y\")"} {
		f.Add(s)
	}
	doc := tree(f, shop)
	f.Fuzz(func(t *testing.T, s string) { compareMatches(t, doc, s) })
}

// FuzzExtract: whatever a page says, its fields are bounded, and there is no panic.
func FuzzExtract(f *testing.F) {
	f.Add(shop)
	f.Add("<div itemscope itemref=x id=x itemprop=y><script type=application/ld+json>{\"@graph\":[1,{\"@list\":[{}]}]}")
	x, err := Compile([]Rule{{Name: "a", From: "css:p b, i ~ i:nth-child(2)@title"}, {Name: "b", From: "meta:x"}}, true)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, page string) {
		for name, all := range x.Extract(tree(t, page), pageURL) {
			for _, v := range all {
				if v == "" || strings.ContainsAny(v, "\n\x1b\x00") || len(name) > MaxName {
					t.Errorf("%q is %q", name, v)
				}
			}
		}
	})
}

func FuzzRulesFile(f *testing.F) {
	f.Add([]byte("structured = true\n[fields]\na = 'css:p'\n[[pages]]\ninclude=['x']\n[pages.fields]\nb = {from='og:x', first=true}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, _, err := parseFile("f.toml", text)
		if err != nil && !strings.HasPrefix(err.Error(), "f.toml:") {
			t.Errorf("no place in %v", err)
		}
		if err == nil {
			if _, err := Compile(rules, true); err != nil {
				t.Error(err)
			}
		}
	})
}
