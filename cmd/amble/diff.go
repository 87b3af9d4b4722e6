package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"amble/crawler/crawlfile"
	"amble/crawler/diff"
)

// comparing is what amble diff was asked for.
type comparing struct {
	json, html  bool
	output      string
	maps        []string
	ignore      []string
	failOn      []string
	minDistance int
	title       string
	rows        int
}

// anyDifference is what --fail-on calls differences of whatever kind.
const anyDifference = "any"

func newDiff() *cobra.Command {
	var x comparing
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Tell what has changed between two crawls",
		Long: `Tell what has changed between two crawls of a site, of which OLD and NEW are the crawl files.

  new        pages that are there, and were not, or were 404 or 410
  gone       pages that are 404 or 410 now, or that nothing links to any more
  moved      the same content at another URL, and no longer where it was
  changed    pages with another ` + strings.Join(names(diff.Fields[:4]), ", ") + `,
             ` + strings.Join(names(diff.Fields[4:]), ", ") + `
  broken     links that fail, and did not, or were not there
  mended     links that failed, and do not, or are not there any more
  unreached  pages that the newer crawl did not come to, for it ended early, was
             not to go as deep or as far, or could not read what led there
  unseen     likewise pages that the older crawl did not come to

What is the same in both is only counted: a site that has not changed differs in nothing. What a crawl cannot
know is not told as a difference: crawl both times with the same --depth, --scope and --check flags.

Content is compared byte by byte. --min-distance 1 leaves out pages whose visible text is the same, as where each answer
has another token in it, --min-distance 6 those with nearly the same: so many of the 64 bits of the hashes of the texts
(simhash) must differ at the least. To compare a site with its staging server, map the beginnings of URLs.

The exit code is 1 if there is what --fail-on names. With --json comes one object:
  old, new       file, began, state, reason, urls, waiting
  notes          what to know before the differences are read
  differences    one on each line: change (as above), url, and, as far as they apply, old_url, status, title;
                 why, via; fields [field, old, new, added, removed, distance];
                 of links kind, from, text, final, class, reason, other
  summary        how many of each; same: URLs that do not differ`,
		Example: `  amble diff monday.db tuesday.db
  amble diff monday.db tuesday.db -o changes.html
  amble diff monday.db tuesday.db --ignore content,links --fail-on broken,gone
  amble diff staging.db live.db --map https://staging.example.com/=https://example.com/ --min-distance 1
  amble diff monday.db tuesday.db --json | jq -r '.differences[] | select(.change == "gone") | .url'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("name two crawl files, the older one first: amble diff monday.db tuesday.db")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return x.run(cmd, args[0], args[1]) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&x.json, "json", false, "write JSON instead of text")
	f.BoolVar(&x.html, "html", false, "write a web page that asks nothing of the network")
	f.StringVarP(&x.output, "output", "o", "", "write to `file` instead of standard output; .json and .html say which form, too")
	f.StringSliceVar(&x.failOn, "fail-on", nil, "exit with 1 if there are differences of these `kinds`, such as broken,gone; any for all")
	f.StringSliceVar(&x.ignore, "ignore", nil, "do not compare these `fields` of pages, such as title,links")
	f.IntVar(&x.minDistance, "min-distance", 0, "bits in which the hashes of two texts must differ for content to count as\nchanged, 0 to 64")
	f.StringArrayVar(&x.maps, "map", nil, "take URLs of OLD that begin with the first for those of NEW that begin with the\nsecond, as `OLDPREFIX=NEWPREFIX` (repeatable)")
	f.StringVar(&x.title, "title", "", "heading of the web page (default: \"Changes of\" and the host)")
	f.IntVar(&x.rows, "rows", 100, "rows of a list of the web page before it is cut")
	cmd.MarkFlagsMutuallyExclusive("json", "html")
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(append(names(diff.Kinds), anyDifference), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("ignore", cobra.FixedCompletions(names(diff.Fields), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// names are closed sets of words as texts.
func names[T ~string](list []T) []string {
	s := make([]string, len(list))
	for i, v := range list {
		s[i] = string(v)
	}
	return s
}

func (x *comparing) run(cmd *cobra.Command, old, new string) (err error) {
	options, err := x.options()
	if err != nil {
		return err
	}
	toFile := x.output != "" && x.output != "-"
	for _, name := range []string{old, new} {
		if toFile && same(x.output, name) {
			return usage("--output %s is one of the crawl files", x.output)
		}
	}
	format := x.format()
	if f, ok := cmd.OutOrStdout().(*os.File); ok && format == diff.HTML && !toFile && term.IsTerminal(int(f.Fd())) {
		return usage("a web page is not for terminals: name a file by --output")
	}
	ctx, stop := untilInterrupted(cmd.Context())
	defer stop()
	defer func() {
		switch {
		case err == nil || ctx.Err() == nil:
		case toFile:
			err = interrupted(x.output)
		default:
			err = &exitError{exitInterrupted, errors.New("interrupted")}
		}
	}()
	c, err := diff.Open(ctx, old, new, options)
	switch {
	case errors.Is(err, diff.ErrSameFile), errors.Is(err, diff.ErrNothingInCommon):
		return usage("%w", err)
	case err != nil:
		return stuck(err)
	}
	defer func() { err = errors.Join(err, stuck(c.Close())) }()
	var sum diff.Summary
	write := func(ctx context.Context, w io.Writer) (err error) {
		sum, err = diff.Write(ctx, w, c, format)
		return err
	}
	if toFile {
		err = replaceFile(ctx, x.output, write)
	} else {
		err = stuck(write(ctx, cmd.OutOrStdout()))
	}
	if err != nil {
		return err
	}
	return x.failed(&sum)
}

// format is the form that was asked for, or else that of the file's ending.
func (x *comparing) format() diff.Format {
	ending := strings.ToLower(filepath.Ext(x.output))
	switch {
	case x.json, !x.html && ending == ".json":
		return diff.JSON
	case x.html, ending == ".html", ending == ".htm":
		return diff.HTML
	}
	return diff.Text
}

// options checks what the flags say.
func (x *comparing) options() (o diff.Options, err error) {
	for _, f := range x.failOn {
		if f != anyDifference && !slices.Contains(diff.Kinds, diff.Kind(f)) {
			return o, usage("--fail-on %q: use any, or of %s", f, join(diff.Kinds))
		}
	}
	for _, f := range x.ignore {
		if !slices.Contains(diff.Fields, diff.Field(f)) {
			return o, usage("--ignore %q: use %s", f, join(diff.Fields))
		}
		o.Ignore = append(o.Ignore, diff.Field(f))
	}
	for _, m := range x.maps {
		old, new, ok := strings.Cut(m, "=")
		if !ok || old == "" || new == "" {
			return o, usage("--map %s: write it as OLDPREFIX=NEWPREFIX, such as https://staging.example.com/=https://example.com/", m)
		}
		if strings.HasSuffix(old, "/") != strings.HasSuffix(new, "/") {
			return o, usage("--map %s: end both with a slash, or neither", m)
		}
		o.Map = append(o.Map, crawlfile.Prefix{Old: old, New: new})
	}
	switch {
	case x.minDistance < 0 || x.minDistance > 64:
		return o, usage("--min-distance %d: use a number from 0 to 64", x.minDistance)
	case x.rows < 1 || x.rows > 10_000:
		return o, usage("--rows %d: use a number from 1 to 10000", x.rows)
	}
	o.MinDistance, o.Title, o.Most = x.minDistance, x.title, x.rows
	return o, nil
}

// failed is the error of --fail-on.
func (x *comparing) failed(sum *diff.Summary) error {
	var found []string
	for _, k := range diff.Kinds {
		if n := sum.Count(k); n > 0 && (slices.Contains(x.failOn, string(k)) || slices.Contains(x.failOn, anyDifference)) {
			found = append(found, fmt.Sprintf("%s %s", thousands(int64(n)), k))
		}
	}
	if len(found) == 0 {
		return nil
	}
	return &exitError{exitFailed, fmt.Errorf("%s, as --fail-on %s asks to tell", strings.Join(found, ", "), strings.Join(x.failOn, ","))}
}
