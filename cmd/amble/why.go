package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"amble/crawler"
	"amble/crawler/crawlfile"
)

func newWhy() *cobra.Command {
	var slow, asJSON bool
	cmd := &cobra.Command{
		Use:   "why CRAWLFILE URL",
		Short: "Say why a URL was fetched, skipped or put off, or why a crawl took so long",
		Long: `Say of a URL what became of it in a crawl, and why: fetched, failed, disallowed, put off, or never
taken, with the evidence: the shortest path of links to it, or what leads to it and by which rule
that was not followed.

With --slow and no URL, say where the time went: for each domain, the slowest first, how much was
asked of it and what was waited for. Nobody is asked but the crawl file.`,
		Example: `  amble why example.com-20260102-150405.db https://example.com/about
  amble why example.com-20260102-150405.db https://example.com/about --json | jq -r .fate
  amble why example.com-20260102-150405.db --slow`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case slow && len(args) != 1:
				return usage("--slow is about the whole crawl: name the crawl file alone")
			case !slow && len(args) != 2:
				return usage("name a crawl file and a URL, or a crawl file and --slow")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if slow {
				return whySlow(cmd, args[0], asJSON)
			}
			return whyURL(cmd, args[0], args[1], asJSON)
		},
	}
	cmd.Flags().BoolVar(&slow, "slow", false, "say where the time went, domain by domain")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

func whyURL(cmd *cobra.Command, file, url string, asJSON bool) (err error) {
	o, err := storedOptions(cmd.Context(), file)
	if err != nil {
		return err
	}
	o.logFormat = "text" // not kept, and of no matter here
	cfg, err := o.config()
	if err != nil {
		return stuck(fmt.Errorf("%s: %w", file, err)) // it is not this command line that is wrong
	}
	f, err := crawlfile.OpenReadOnly(cmd.Context(), file)
	if err != nil {
		return stuck(err)
	}
	defer func() { err = errors.Join(err, stuck(f.Close())) }()
	if !strings.Contains(url, "://") {
		url = "http://" + url
	}
	x, err := crawler.Why(cmd.Context(), f, cfg, url)
	switch {
	case errors.Is(err, crawler.ErrURL):
		return usage("%w", err)
	case err != nil:
		return stuck(err)
	case asJSON:
		return stuck(writeJSON(cmd.OutOrStdout(), x))
	}
	_, err = io.WriteString(cmd.OutOrStdout(), x.String())
	return stuck(err)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
