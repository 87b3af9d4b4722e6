package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"amble/crawler/crawlfile"
	"amble/crawler/export"
)

// exporting is what amble export was asked for.
type exporting struct {
	output  string
	format  string
	options export.Options
}

func newExport() *cobra.Command {
	var x exporting
	cmd := &cobra.Command{
		Use:   "export CRAWLFILE",
		Short: "Write the pages of a crawl file in another form",
		Long: `Write the pages of a crawl file, by depth and then by URL, to a file or to standard output.

Tables  jsonl    one page a line, with everything; for programs
        csv      one page a row, for spreadsheets; lists as numbers of elements
        parquet  for data frames and databases; with everything
Lists   text     for reading: URL, title and links of each page
        urls     one URL a line
        sitemap  sitemap.xml: the HTML pages that answered 200, may be indexed, and name no other page as
                 canonical; lastmod where the site's sitemap or Last-Modified tell; an index and several
                 files if there are more than 50,000 URLs or 50 MB
Graphs  dot      pages and the links between them, for Graphviz
        graphml  the same for yEd, Gephi, NetworkX, igraph
        gexf     the same for Gephi

--where chooses pages. Its comparisons are = != < <= > >=, in (...), is null, contains, startswith, endswith,
like and matches (a regular expression), joined by and, or, not and parentheses; texts stand in quotes.
A page without a value equals nothing: it is != everything.

The columns, for --where and --columns, are
` + columnList() + `
and fields.NAME for each field that --extract and its like took out of pages.
For anything else, ask the crawl file itself: it is an SQLite database.`,
		Example: `  amble export example.com-20260102-150405.db -o pages.csv
  amble export example.com-20260102-150405.db -o broken.csv.gz --where 'status >= 400' --columns url,status,referrer
  amble export example.com-20260102-150405.db --format urls --where 'title is null and content_type = "text/html"'
  amble export example.com-20260102-150405.db -o sitemap.xml --base-url https://example.com/
  amble export example.com-20260102-150405.db --format dot --where 'depth <= 1' | dot -Tsvg > links.svg
  sqlite3 example.com-20260102-150405.db 'SELECT status, count(*) FROM pages GROUP BY status'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 && x.options.Where != "" {
				return unquoted(x.options.Where, args)
			}
			return oneCrawlFile(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return x.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&x.output, "output", "o", "", "write to this `file`, compressed if it ends in .gz or .zst; \"-\" is standard output")
	f.StringVarP(&x.format, "format", "f", "", "form of the output; by default that of the file's ending, and jsonl without a file")
	f.StringVar(&x.options.Where, "where", "", "write the pages of which this `condition` is true, such as 'status >= 400'")
	f.StringSliceVar(&x.options.Columns, "columns", nil, "write these columns, in this order, such as url,status,title")
	f.StringVar(&x.options.Base, "base-url", "", "`URL` of the folder where a sitemap will lie: it lists what lies below\n(by default the root of the first page's host)")
	names := strings.Fields(formatNames(" "))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("columns", cobra.FixedCompletions(export.ColumnNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// columnList is the names of the columns, a few on a line.
func columnList() string {
	var b strings.Builder
	for names := range slices.Chunk(export.ColumnNames(), 9) {
		fmt.Fprintf(&b, "  %s\n", strings.Join(names, " "))
	}
	return b.String()
}

func formatNames(sep string) string {
	var names []string
	for _, f := range export.Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, sep)
}

func (x *exporting) run(cmd *cobra.Command, crawlFile string) (err error) {
	toFile := x.output != "" && x.output != "-"
	if x.options.Format, err = export.ParseFormat(x.format); x.format != "" && err != nil {
		return usage("--format %s: use %s", x.format, formatNames(", "))
	}
	if x.format == "" && !toFile {
		x.options.Format = export.JSONL
	}
	file, err := crawlfile.OpenReadOnly(cmd.Context(), crawlFile)
	if err != nil {
		return stuck(err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if toFile {
		return x.toFile(cmd, file)
	}
	if err := x.options.Check(); err != nil {
		return mistaken(err)
	}
	if f, ok := cmd.OutOrStdout().(*os.File); ok && x.options.Format == export.Parquet && term.IsTerminal(int(f.Fd())) {
		return usage("parquet is not for terminals: name a file by --output")
	}
	sum, err := x.options.Write(cmd.Context(), cmd.OutOrStdout(), file)
	if errors.Is(err, export.ErrTooLarge) {
		return usage("%w by --output", err)
	} else if err != nil {
		return stuck(err)
	}
	x.leftOut(cmd, sum)
	return nil
}

func (x *exporting) toFile(cmd *cobra.Command, file *crawlfile.File) error {
	if same(x.output, file.Path()) {
		return usage("--output %s is the crawl file itself", x.output)
	}
	if err := keepCrawlFiles("output", x.output); err != nil {
		return err
	}
	ctx, stop := untilInterrupted(cmd.Context())
	defer stop()
	out, err := export.Create(x.output, x.options)
	if err != nil {
		return mistaken(fmt.Errorf("--output %w", err))
	}
	sum, err := out.Write(ctx, file)
	if err != nil && ctx.Err() != nil {
		return interrupted(x.output)
	} else if err != nil {
		return stuck(fmt.Errorf("--output %s: %w", x.output, err))
	}
	x.leftOut(cmd, sum)
	return nil
}

// leftOut tells of the pages that a sitemap must not list where it lies, for they may be missed.
func (x *exporting) leftOut(cmd *cobra.Command, sum export.Summary) {
	if sum.LeftOut > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s left out, for they do not lie below the sitemap: --base-url chooses a folder, --where pages\n", count(int(sum.LeftOut), "page"))
	}
	if len(sum.Files) > 1 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s in %s, named by %s\n", count(int(sum.Pages), "URL"), count(len(sum.Files)-1, "file"), x.output)
	}
}
