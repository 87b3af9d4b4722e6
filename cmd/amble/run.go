package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"amble/cmd/amble/settings"
	"amble/crawler"
	"amble/crawler/page"
)

// The exit codes.
const (
	exitDone        = 0   // done
	exitFailed      = 1   // done, but pages failed and --fail-on asked to tell
	exitUsage       = 2   // the command line makes no sense
	exitStuck       = 3   // the crawl could not begin or go on: disk, crawl file, no seed answered
	exitInterrupted = 130 // interrupted; the crawl can be resumed
	exitUnread      = 141 // nobody reads the output any more: what a shell tells of a process that SIGPIPE ended
)

// exitError is an error with the exit code it asks for. An empty text means that everything has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

var errSaid = errors.New("")

// usage is an error in the command line; stuck one that ends the work.
func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

func stuck(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitStuck, err}
}

// run is the whole command: it parses args, works until it is done, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot(args)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		exit = &exitError{exitUsage, wrongCommand(root, err)} // cobra's own: an unknown command or flag, a missing argument
	}
	if exit.code == exitStuck && errors.Is(err, syscall.EPIPE) && cmd.Name() != "crawl" && cmd.Name() != "resume" {
		return exitUnread // "amble links FILE | head" is no failure that anybody wants to read about
	}
	if exit.err != errSaid {
		text := strings.TrimPrefix(strings.TrimPrefix(exit.Error(), "crawler: "), "fetch: ") // what the packages say of themselves
		fmt.Fprintln(stderr, "amble: "+oneLine(text))
		if exit.code == exitUsage {
			fmt.Fprintf(stderr, "Try \"%s --help\".\n", cmd.CommandPath())
		}
	}
	return exit.code
}

// oneLine keeps a message to one line that a terminal can show as it is.
func oneLine(s string) string { return page.OneLine(s) }

// commands are the subcommands by name.
var commands = []struct {
	name string
	make func() *cobra.Command
}{
	{"crawl", newCrawl}, {"resume", newResume}, {"config", newConfig}, {"export", newExport}, {"robots", newRobots}, {"testsite", newTestsite},
	{"why", newWhy}, {"status", newStatus}, {"links", newLinks}, {"report", newReport}, {"diff", newDiff},
}

// newRoot is the command with its subcommands: where args begin with the name of one, with that one alone, for the flags of the others take longer to
// make than those of one to read.
func newRoot(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "amble",
		Short: "A polite, exact web crawler",
		Long: `amble crawls web sites: politely, to a set depth, exactly.

It reads robots.txt first, asks each domain for one page a second over one connection unless told
otherwise, and fetches exactly the pages within so many clicks of where it starts. Everything it
finds goes into a crawl file, an SQLite database, from which an interrupted crawl goes on and
results are exported.`,
		Example: `  amble crawl https://example.com/                    three clicks deep, politely
  amble crawl testsite:tree --output tree.txt         a site that comes with amble; no network
  amble crawl https://example.com/ -o - | jq .title   each page as a line of JSON, as it comes
  amble resume example.com-20260102-150405.db         go on where a crawl was interrupted`,
		Version:       crawler.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("amble {{.Version}}\n")
	root.SetFlagErrorFunc(wrongFlag)
	root.SetHelpCommand(newHelp())
	for _, c := range commands {
		if len(args) > 0 && c.name == args[0] {
			root.AddCommand(c.make())
			return root
		}
	}
	for _, c := range commands {
		root.AddCommand(c.make())
	}
	return root
}

// newHelp is the command help. Cobra's own takes a command that there is not for no mistake.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Help about any command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, _, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
			for _, c := range cmd.Root().Commands() {
				if len(args) == 0 && c.IsAvailableCommand() {
					names = append(names, cobra.CompletionWithDesc(c.Name(), c.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// wrongCommand says of a command that there is not which one may be meant.
func wrongCommand(root *cobra.Command, err error) error {
	rest, ok := strings.CutPrefix(err.Error(), "unknown command ")
	quoted, parseErr := strconv.QuotedPrefix(rest)
	if !ok || parseErr != nil {
		return err
	}
	text := "unknown command " + quoted
	if name, err := strconv.Unquote(quoted); err == nil {
		if near := root.SuggestionsFor(name); len(near) > 0 {
			text += ": did you mean " + strings.Join(near, " or ") + "?"
		}
	}
	return errors.New(text)
}

// wrongFlag says of an error about a flag that there is not which one may be meant, and of one about a value how it is written.
func wrongFlag(cmd *cobra.Command, err error) error {
	var bad *pflag.InvalidValueError
	if name, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		if near := settings.Nearest(cmd.Flags(), name); near != "" {
			err = fmt.Errorf("%w: did you mean --%s?", err, near)
		}
	} else if errors.As(err, &bad) {
		f := bad.GetFlag()
		switch f.Value.Type() {
		case "int", "int64", "uint64":
			err = fmt.Errorf("--%s %q: use a whole number", f.Name, bad.GetValue())
		case "float64":
			err = fmt.Errorf("--%s %q: use a number", f.Name, bad.GetValue())
		case "bool":
			err = fmt.Errorf("--%s=%s: use true or false", f.Name, bad.GetValue())
		case "duration":
			err = fmt.Errorf("--%s %q: use a time such as 30s, 5m or 1h30m", f.Name, bad.GetValue())
		default:
			err = fmt.Errorf("--%s: %w", f.Name, bad.Unwrap())
		}
	}
	return &exitError{exitUsage, err}
}
