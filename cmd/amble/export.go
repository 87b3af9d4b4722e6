package main

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"amble/crawler/crawlfile"
	"amble/crawler/export"
)

func newExport() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "export CRAWLFILE",
		Short: "Write the pages of a crawl file in another form",
		Long: `Write the pages of a crawl file to standard output, by depth and then by URL.

jsonl has one page a line, csv one a row for a spreadsheet, text is for reading. For anything else, ask the crawl file
itself: it is an SQLite database.`,
		Example: `  amble export example.com-20260102-150405.db --format csv > pages.csv
  sqlite3 example.com-20260102-150405.db 'SELECT status, count(*) FROM pages GROUP BY status'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			f, err := export.FormatOf("." + format)
			if format == "text" {
				f, err = export.FormatOf(".txt")
			}
			if err != nil {
				return usage("--format %s: use jsonl, csv or text", format)
			}
			file, err := crawlfile.OpenReadOnly(cmd.Context(), args[0])
			if err != nil {
				return stuck(err)
			}
			defer func() { err = errors.Join(err, file.Close()) }()
			w := bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16)
			if err := errors.Join(export.Write(cmd.Context(), w, file, f), w.Flush()); err != nil {
				return stuck(fmt.Errorf("export: %w", err))
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "jsonl", "jsonl, csv or text")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"jsonl", "csv", "text"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}
