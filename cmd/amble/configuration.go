package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"amble/cmd/amble/settings"
)

func newConfig() *cobra.Command {
	var o options
	var groups []flagGroup
	cmd := &cobra.Command{
		Use:   "config [URL...]",
		Short: "Show the configuration that a crawl would have, and where each value comes from",
		Long: `Show the configuration that "amble crawl" would have with these flags, this environment and this
configuration file, as a TOML file that --config reads. A comment on each line says where the value
comes from. URLs are passed over, so that "config" can take the place of "crawl" in a command line.

Flags come from, the first that has them: the command line; the environment, where --max-pages is
AMBLE_MAX_PAGES, a variable that is empty counts as not set, and a flag that can be repeated takes
one value a line; the file that --config or AMBLE_CONFIG names, where --max-pages 500 is
max-pages = 500 and a flag that can be repeated has a list; for "amble resume", what the crawl was
begun with; the default. File names in it are meant from where amble is started.

Logins, headers and the user of a proxy may be secrets, and are not shown.`,
		Example: `  amble config > night.toml
  amble config --config night.toml --rate 0.5
  AMBLE_MAX_PAGES=500 amble config | grep -v default$`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := settle(cmd)
			if err != nil {
				return err
			}
			if err := writeConfiguration(cmd.OutOrStdout(), groups, set); err != nil {
				return stuck(err)
			}
			_, err = o.config()
			return set.explain(err)
		},
	}
	groups = addGroups(cmd, o.crawlGroups()...)
	completions(cmd)
	return cmd
}

// writeConfiguration writes the flags' values, group by group.
func writeConfiguration(w io.Writer, groups []flagGroup, set origins) error {
	var b strings.Builder
	for i, g := range groups {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "# %s\n", g.title)
		var err error
		fromElsewhere(g.flags).VisitAll(func(f *pflag.Flag) {
			if err != nil {
				return
			}
			line := hidden(f)
			if line == "" {
				line, err = settings.Assignment(f)
			}
			fmt.Fprintf(&b, "%s # %s\n", line, set[f.Name])
		})
		if err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// hidden is what stands in the place of a secret; "" if there is none.
func hidden(f *pflag.Flag) string {
	if list, ok := f.Value.(pflag.SliceValue); ok && isSecret(f.Name) && len(list.GetSlice()) > 0 {
		return fmt.Sprintf("# %s: %s, not shown;", f.Name, count(len(list.GetSlice()), "value"))
	}
	if isSecret(f.Name) && strings.Contains(f.Value.String(), "@") { // well-formed or not
		return fmt.Sprintf("# %s: user and password, not shown;", f.Name)
	}
	return ""
}

// named finds the flag that a message is about: it is named in full, or is the first word.
var named = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`--([a-z-]+)|^([a-z-]+) `) })

// explain adds to a message about a flag where the flag was set, if that was not on the command line.
func (set origins) explain(err error) error {
	exit := (*exitError)(nil)
	if !errors.As(err, &exit) || exit.code != exitUsage {
		return err
	}
	m := named().FindStringSubmatch(strings.TrimPrefix(exit.Error(), "crawler: "))
	if m == nil {
		return err
	}
	if from, ok := set[m[1]+m[2]]; ok && !from.CommandLine {
		return usage("%w (%s: %s)", exit.err, m[1]+m[2], from)
	}
	return err
}
