package export_test

import (
	"context"
	"log"
	"os"
	"path/filepath"

	"amble/crawler/crawlfile"
	"amble/crawler/export"
	"amble/crawler/page"
)

func ExampleOptions_Write() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	f, err := crawlfile.Create(ctx, filepath.Join(dir, "x.db"), crawlfile.Info{}) // or OpenReadOnly, of a crawl that is done
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	if err := f.Commit(ctx, &crawlfile.Batch{Pages: []*page.Page{{URL: "http://a.test/", Status: 200}, {URL: "http://a.test/b", Depth: 1, Status: 404}}}); err != nil {
		log.Fatal(err)
	}
	o := export.Options{Format: export.JSONL, Columns: []string{"url", "status"}, Where: "status >= 400"}
	if _, err := o.Write(ctx, os.Stdout, f); err != nil {
		log.Fatal(err)
	}
	// Output:
	// {"url":"http://a.test/b","status":404}
}
