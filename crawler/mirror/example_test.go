package mirror_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"amble/crawler/mirror"
)

// A program that has answers of its own can make a copy of them. crawler.Config.Mirror has a crawl do so.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	m, err := mirror.Create(filepath.Join(dir, "copy"))
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	for _, b := range []mirror.Body{
		{URL: "https://example.com/", Type: "text/html", Charset: "utf-8", Content: []byte(`<meta charset="utf-8"><a href="/About#us">About</a> <a href="/else">Else</a>`)},
		{URL: "https://example.com/About", Type: "text/html", Charset: "utf-8", Content: []byte(`<meta charset="utf-8">About`)},
	} {
		if err := m.Append([][]byte{mirror.Encode(&b)}); err != nil {
			log.Fatal(err)
		}
	}
	m.Keep() // that so much is there is on record, or need not be
	if _, err := m.Build(context.Background(), mirror.Options{Seeds: []string{"https://example.com/"}}); err != nil {
		log.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "copy", "example.com", "index.html"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(page))
	// Output: <meta charset="utf-8"><a href="About!1!.html#us">About</a> <a href="https://example.com/else">Else</a>
}
