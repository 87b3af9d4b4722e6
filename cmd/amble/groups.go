package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// group is a part of a command's flags under a heading of its own, for commands that have many.
type group struct {
	title string
	bind  func(*pflag.FlagSet)
}

// addGroups binds the flags, and has the command's help show them under their headings.
func addGroups(cmd *cobra.Command, groups ...group) {
	cmd.Flags().SortFlags = false
	sets := make([]*pflag.FlagSet, len(groups))
	for i, g := range groups {
		sets[i] = pflag.NewFlagSet(g.title, pflag.ContinueOnError)
		sets[i].SortFlags = false
		g.bind(sets[i])
		cmd.Flags().AddFlagSet(sets[i])
	}
	cmd.SetUsageFunc(func(cmd *cobra.Command) error {
		var b strings.Builder
		fmt.Fprintf(&b, "Usage:\n  %s\n\nExamples:\n%s\n", cmd.UseLine(), cmd.Example)
		for i, g := range groups {
			fmt.Fprintf(&b, "\n%s:\n%s", g.title, sets[i].FlagUsages())
		}
		fmt.Fprintf(&b, "\n  -h, --help   this text\n")
		_, err := fmt.Fprint(cmd.OutOrStderr(), b.String())
		return err
	})
}
