package report_test

import (
	"context"
	"log"
	"os"

	"amble/crawler/crawlfile"
	"amble/crawler/report"
)

func ExampleWrite() {
	ctx := context.Background()
	file, err := crawlfile.OpenReadOnly(ctx, "example.com-20260102-150405.db")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	out, err := os.Create("report.html")
	if err != nil {
		log.Fatal(err)
	}
	if err := report.Write(ctx, out, file, report.Options{Title: "Our site in January"}); err != nil {
		log.Fatal(err)
	}
	if err := out.Close(); err != nil {
		log.Fatal(err)
	}
}
