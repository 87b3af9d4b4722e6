package export

import (
	"bytes"
	"encoding/csv"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

// taken is a crawl file of a crawl that was asked for fields.
func taken(t *testing.T) *crawlfile.File {
	t.Helper()
	f, err := crawlfile.Create(t.Context(), filepath.Join(t.TempDir(), "x.crawl"), crawlfile.Info{Fields: []string{"price", "größe", crawlfile.AllFields}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	pages := []*page.Page{
		{URL: "http://a.test/", Status: 200, Fields: map[string][]string{"price": {"=1+1", "2.50"}, "jsonld:A.it's": {"<&>"}}},
		{URL: "http://a.test/b", Status: 200, Fields: map[string][]string{"größe": {"3"}}},
		{URL: "http://a.test/c", Status: 200},
	}
	if err := f.Commit(t.Context(), &crawlfile.Batch{Pages: pages}); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFieldsAreColumns(t *testing.T) {
	f := taken(t)
	for _, c := range []struct {
		options Options
		want    string
	}{
		{Options{Format: JSONL, Columns: []string{"url", "fields"}},
			`{"url":"http://a.test/","fields":{"jsonld:A.it's":["<&>"],"price":["=1+1","2.50"]}}|{"url":"http://a.test/b","fields":{"größe":["3"]}}|{"url":"http://a.test/c"}|`},
		{Options{Format: JSONL, Columns: []string{"fields.price", "FIELDS.größe"}}, `{"fields.price":["=1+1","2.50"]}|{"fields.größe":["3"]}|{}|`},
		{Options{Format: Text, Columns: []string{"fields.price"}}, "fields.price: =1+1 2.50||fields.price: ||fields.price: ||"},
		{Options{Format: URLs, Where: `fields.price is not null`}, "http://a.test/|"},
		{Options{Format: URLs, Where: `fields.price endswith "2.50" and fields.größe is null`}, "http://a.test/|"},
		{Options{Format: URLs, Where: `fields.größe = "3" or fields.none != ""`}, "http://a.test/b|"},
		{Options{Format: URLs, Where: `fields is null`}, "http://a.test/c|"},
		{Options{Format: URLs, Where: `fields.jsonld:A.it's is null`}, ""},
	} {
		var b bytes.Buffer
		_, err := c.options.Write(t.Context(), &b, f)
		if c.want == "" {
			if err == nil {
				t.Errorf("%+v: no error", c.options)
			}
			continue
		}
		if got := strings.ReplaceAll(b.String(), "\n", "|"); err != nil || got != c.want {
			t.Errorf("%+v: %v\n got %s\nwant %s", c.options, err, got, c.want)
		}
	}
	// A name that would end a text of SQL does not.
	c := fieldColumn("fields.jsonld:A.it's")
	if strings.Contains(c.sql, "it's") {
		t.Error(c.sql)
	}
	for _, o := range []Options{{Format: CSV, Columns: []string{"fields.price", "fields.price"}}, {Format: CSV, Columns: []string{"fields."}}} {
		if o.Check() == nil {
			t.Errorf("%v is right", o.Columns)
		}
	}
}

// TestTablesHaveTheCrawlsFields, where no columns are asked for.
func TestTablesHaveTheCrawlsFields(t *testing.T) {
	f := taken(t)
	var b bytes.Buffer
	if err := Write(t.Context(), &b, f, CSV); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, r := range rows {
		got = append(got, r[len(r)-3:])
	}
	want := [][]string{{"fields.price", "fields.größe", "fields"}, {"'=1+1\n2.50", "", `{"jsonld:A.it's":["<&>"],"price":["=1+1","2.50"]}`}, {"", "3", `{"größe":["3"]}`}, {"", "", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := ParseCell(got[1][0]); s != "=1+1\n2.50" {
		t.Errorf("%q", s)
	}

	b.Reset()
	if err := Write(t.Context(), &b, f, Parquet); err != nil {
		t.Fatal(err)
	}
	type row struct {
		URL    string  `parquet:"url"`
		Price  *string `parquet:"fields.price,optional"`
		Fields *string `parquet:"fields,optional"`
	}
	all, err := parquet.Read[row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(all) != 3 || *all[0].Price != "=1+1\n2.50" || all[1].Price != nil || *all[1].Fields != `{"größe":["3"]}` {
		t.Errorf("%+v, %v", all, err)
	}
}
