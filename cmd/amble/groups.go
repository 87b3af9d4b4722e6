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

// flagGroup is a group whose flags are bound.
type flagGroup struct {
	title string
	flags *pflag.FlagSet
}

// addGroups binds the flags, and has the command's help show them under their headings.
func addGroups(cmd *cobra.Command, groups ...group) []flagGroup {
	cmd.Flags().SortFlags = false
	bound := make([]flagGroup, len(groups))
	for i, g := range groups {
		flags := pflag.NewFlagSet(g.title, pflag.ContinueOnError)
		flags.SortFlags = false
		g.bind(flags)
		cmd.Flags().AddFlagSet(flags)
		bound[i] = flagGroup{g.title, flags}
	}
	cmd.SetUsageFunc(func(cmd *cobra.Command) error {
		var b strings.Builder
		fmt.Fprintf(&b, "Usage:\n  %s\n\nExamples:\n%s\n", cmd.UseLine(), cmd.Example)
		for _, g := range bound {
			fmt.Fprintf(&b, "\n%s:\n%s", g.title, g.flags.FlagUsages())
		}
		fmt.Fprintf(&b, "\n  -h, --help   this text\n")
		_, err := fmt.Fprint(cmd.OutOrStderr(), b.String())
		return err
	})
	return bound
}
