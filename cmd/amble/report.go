package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"amble/crawler/crawlfile"
	"amble/crawler/report"
)

func newReport() *cobra.Command {
	var output, title string
	var most int
	cmd := &cobra.Command{
		Use:   "report CRAWLFILE",
		Short: "Make a web page of what was crawled and what is broken",
		Long: `Make one HTML page of a crawl file: the crawl in numbers and charts; broken links with the pages that hold them; redirects; slow
and heavy pages; titles and descriptions; fields; duplicates; sitemaps; what is kept from search engines; domains linked to; the
site's structure; and how politely it was crawled.

The page is one file that needs no network: it can be sent by mail, opened from disk, and printed. It is written beside the
crawl file, as its name with .html; a report of that name is replaced. Long lists are cut, and say which command gives the rest. It may be made
while the crawl runs.`,
		Example: `  amble report example.com-20260102-150405.db
  amble report example.com-20260102-150405.db -o report.html
  amble report example.com-20260102-150405.db -o - | gzip > report.html.gz`,
		Args: oneCrawlFile,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if most < 1 || most > 10_000 {
				return usage("--rows %d: use a number from 1 to 10000", most)
			}
			f, err := crawlfile.OpenReadOnly(cmd.Context(), args[0])
			if err != nil {
				return stuck(err)
			}
			defer func() { err = errors.Join(err, stuck(f.Close())) }()
			write := func(ctx context.Context, w io.Writer) error {
				return report.Write(ctx, w, f, report.Options{Title: title, File: args[0], Most: most})
			}
			if output == "-" {
				return stuck(write(cmd.Context(), cmd.OutOrStdout()))
			}
			if output == "" {
				output = strings.TrimSuffix(args[0], filepath.Ext(args[0])) + ".html"
			}
			if err := replaceFile(cmd.Context(), output, write); err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "Report      "+oneLine(output))
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the report to this `file`; - is standard output (default: the crawl file's name with .html)")
	cmd.Flags().StringVar(&title, "title", "", "heading of the report (default: \"Crawl of\" and the host)")
	cmd.Flags().IntVar(&most, "rows", 100, "rows of a list before it is cut")
	return cmd
}
