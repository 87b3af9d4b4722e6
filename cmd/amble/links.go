package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"amble/crawler"
	"amble/crawler/crawlfile"
	"amble/crawler/links"
)

// failBroken is what --fail-on calls broken links.
const failBroken = "broken"

// checks are the flags that say what is checked besides the pages.
type checks struct {
	CheckExternal  bool `json:"check_external,omitempty"`
	CheckAssets    bool `json:"check_assets,omitempty"`
	CheckFragments bool `json:"check_fragments,omitempty"`
}

func (c *checks) checkFlags(f *pflag.FlagSet) {
	f.BoolVar(&c.CheckExternal, "check-external", false, "ask once whether the URLs are there that pages link to and the crawl does not fetch:\nout of scope, or too deep (see amble links)")
	f.BoolVar(&c.CheckAssets, "check-assets", false, "likewise for images, scripts, style sheets and the like, and what else link elements name, wherever they lie")
	f.BoolVar(&c.CheckFragments, "check-fragments", false, "note the places in pages, so that links to places that there are not are told")
}

func (c *checks) config() crawler.Checks {
	return crawler.Checks{External: c.CheckExternal, Assets: c.CheckAssets, Fragments: c.CheckFragments}
}

func newLinks() *cobra.Command {
	var format, output string
	var failOn []string
	cmd := &cobra.Command{
		Use:   "links CRAWLFILE",
		Short: "Tell which links of a crawl are broken, and on which pages",
		Long: `Tell which links of a crawl are broken, and on which pages.

A link is broken if what it names, or where that redirects to in the end, failed when the crawl asked for it. Every crawl tells
of the links between its pages. Crawl with --check-external to have links that leave it checked as well, with
--check-assets for images, scripts, style sheets and what link elements name, and with --check-fragments for places in pages (#section).

Of some URLs it cannot be told: those that robots.txt forbids or that lie in private networks, answers 401 and 429, and 403 from
sites that are not crawled, for many refuse whatever is no browser. They are counted as undecided.`,
		Example: `  amble crawl https://example.com/ --check-external --check-assets --check-fragments --file site.db
  amble links site.db
  amble links site.db --format junit -o links.xml --fail-on broken
  amble links site.db --format json | jq -r '.broken[] | [.url, .from] | @tsv'`,
		Args: oneCrawlFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(links.Formats, links.Format(format)) {
				return usage("--format %s: use text, json or junit", format)
			}
			for _, f := range failOn {
				if f != failBroken {
					return usage("--fail-on %q: use broken", f)
				}
			}
			n, err := writeLinks(cmd.Context(), cmd.OutOrStdout(), args[0], output, links.Format(format))
			switch {
			case err != nil:
				return err
			case len(failOn) > 0 && n.Links > 0:
				return &exitError{exitFailed, fmt.Errorf("%s, as --fail-on broken asks to tell", count(n.Links, "broken link"))}
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text, json or junit")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to `file` instead of standard output")
	cmd.Flags().StringSliceVar(&failOn, "fail-on", nil, "exit with 1 if links are broken")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json", "junit"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{failBroken}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// writeLinks writes to stdout, or to a file that is there whole or not at all.
func writeLinks(ctx context.Context, stdout io.Writer, name, output string, format links.Format) (n links.Count, err error) {
	file, err := crawlfile.OpenReadOnly(ctx, name)
	if err != nil {
		return n, stuck(err)
	}
	defer func() { err = errors.Join(err, stuck(file.Close())) }()
	if output == "" || output == "-" {
		n, err = links.Write(ctx, stdout, file, format)
		return n, stuck(err)
	}
	err = replaceFile(ctx, output, func(ctx context.Context, w io.Writer) error {
		n, err = links.Write(ctx, w, file, format)
		return err
	})
	return n, err
}

// brokenLinks says how many links of a crawl are broken, if --fail-on asks to tell; "" if none are.
func (o *options) brokenLinks(ctx context.Context, name string) (text string, err error) {
	if !slices.Contains(o.FailOn, failBroken) {
		return "", nil
	}
	file, err := crawlfile.OpenReadOnly(ctx, name)
	if err != nil {
		return "", stuck(err)
	}
	defer func() { err = errors.Join(err, stuck(file.Close())) }()
	urls, n, err := file.CountBroken(ctx)
	if err != nil || n == 0 {
		return "", stuck(err)
	}
	return fmt.Sprintf("%s to %s, as --fail-on broken asks to tell: see amble links %s", count(n, "broken link"), count(urls, "URL"), quote(name)), nil
}
