package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"amble/crawler"
	"amble/crawler/crawlfile"
)

func newResume() *cobra.Command {
	var given options
	cmd := &cobra.Command{
		Use:   "resume CRAWLFILE",
		Short: "Go on with a crawl that was interrupted",
		Long: `Go on with a crawl that was interrupted, from its crawl file.

However it ended (Ctrl-C, a limit, kill -9, a full disk), pages in the file are not fetched again; what was in
flight is. Servers are asked as if the crawl had never stopped: their robots.txt, delays and pauses are kept.

Settings are those of the crawl. The flags below can be given anew. What belongs to the crawl (--depth, --scope,
--include, --exclude, --sitemaps) then holds for later runs, too: URLs that a wider scope or depth lets in are
taken up without fetching again what is there. The other flags hold for this run. What decides how pages were read
(--drop-param and the like, --extract and the like, --follow-canonical, --stop-at-duplicates, --limit-by host)
cannot change.
--max-pages and --max-bytes count all runs, --max-time this one. Headers, logins and cookies are not kept in the
crawl file, as they may be secrets: give them again.`,
		Example: `  amble resume example.com-20260102-150405.db
  amble resume example.com-20260102-150405.db --rate 0.5 --output pages.csv
  amble resume example.com-20260102-150405.db --depth 5`,
		Args: oneCrawlFile,
		RunE: settled(func(cmd *cobra.Command, args []string) error {
			o, err := storedOptions(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			begun := *o
			if err := o.override(cmd.Flags()); err != nil {
				return err
			}
			j := job{o: o, begun: &begun, stdout: cmd.OutOrStdout(), con: newConsole(cmd.ErrOrStderr())}
			defer j.close()
			return j.resume(cmd.Context())
		}),
	}
	addGroups(cmd, given.resumeGroups()...)
	completions(cmd)
	return cmd
}

// resumeGroups are the flags that a run which goes on may change, or is told that it may not.
func (o *options) resumeGroups() []group { return o.crawlGroups()[1:] }

// storedOptions reads the options that a crawl was begun with from its crawl file.
func storedOptions(ctx context.Context, file string) (*options, error) {
	f, err := crawlfile.OpenReadOnly(ctx, file)
	if err != nil {
		return nil, stuck(err)
	}
	defer f.Close()
	o := &options{file: file}
	if err := json.Unmarshal(f.Info().Config, o); err != nil {
		return nil, stuck(fmt.Errorf("%s was not written by the amble command: its configuration cannot be read: %w", file, err))
	}
	return o, nil
}

// override takes over the flags that were given for this run, on the command line or elsewhere.
func (o *options) override(given *pflag.FlagSet) error {
	kept := *o
	fresh := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, g := range o.resumeGroups() {
		g.bind(fresh)
	}
	kept.logFormat, kept.supervision = o.logFormat, o.supervision
	*o = kept // binding a flag has set its default
	var err error
	given.Visit(func(f *pflag.Flag) {
		if list, ok := f.Value.(pflag.SliceValue); ok {
			if target, ok := fresh.Lookup(f.Name).Value.(pflag.SliceValue); ok && err == nil {
				err = target.Replace(list.GetSlice())
			}
			return
		}
		if err == nil && fresh.Lookup(f.Name) != nil {
			err = fresh.Set(f.Name, f.Value.String())
		}
	})
	return err
}

// reaching are the options o, but for what belongs to the crawl, which is that of now.
func (o options) reaching(now *options) *options {
	o.Depth, o.Scope, o.Include, o.Exclude = now.Depth, now.Scope, now.Include, now.Exclude
	o.CheckExternal = now.CheckExternal
	o.Sitemaps, o.Sitemap, o.SitemapDepth = now.Sitemaps, now.Sitemap, now.SitemapDepth
	return &o
}

// changed says what belongs to the crawl and is other than it was: it may come from a configuration file that was made for another crawl.
func (o *options) changed(begun *options) (said []string) {
	for _, s := range []struct {
		flag     string
		was, now any
	}{
		{"depth", begun.Depth, o.Depth}, {"scope", begun.Scope, o.Scope}, {"include", begun.Include, o.Include}, {"exclude", begun.Exclude, o.Exclude},
		{"check-external", begun.CheckExternal, o.CheckExternal}, {"sitemaps", begun.Sitemaps, o.Sitemaps},
		{"sitemap", begun.Sitemap, o.Sitemap}, {"sitemap-depth", begun.SitemapDepth, o.SitemapDepth},
	} {
		if was, now := inWords(s.was), inWords(s.now); was != now {
			said = append(said, fmt.Sprintf("--%s %s instead of %s", s.flag, now, was))
		}
	}
	return said
}

// inWords is the value of a flag for a person.
func inWords(v any) string {
	list, ok := v.([]string)
	switch {
	case !ok:
		return fmt.Sprint(v)
	case len(list) == 0:
		return "none"
	}
	return strings.Join(list, " and ")
}

// resume goes on with a crawl and sees it to its end.
func (j *job) resume(ctx context.Context) error {
	cfg, err := j.o.config()
	if err != nil {
		return err
	}
	if cfg.Note, err = json.Marshal(j.begun.reaching(j.o)); err != nil {
		return err
	}
	if missing := j.o.missing(j.begun, &cfg); len(missing) > 0 {
		return usage("the crawl was begun with %s, whose value is not kept: give it again", strings.Join(missing, ", "))
	}
	sites, err := serveSites(j.o.Testsite)
	if err != nil {
		return err
	}
	defer sites.close()
	cfg.Dial = sites.dial()
	c, err := j.prepare(cfg)
	if err != nil {
		return err
	}
	if !j.o.quiet {
		j.say("Going on with " + oneLine(j.o.file))
		if said := j.o.changed(j.begun); len(said) > 0 {
			j.say("For this and later runs: " + oneLine(strings.Join(said, ", ")))
		}
	}
	j.journal.begins(cfg, "resumed", true)
	return j.see(ctx, c, j.o.file, func(ctx context.Context) iter.Seq2[*crawler.PageData, error] { return c.Resume(ctx) })
}
