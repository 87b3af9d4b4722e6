package main

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"amble/cmd/amble/settings"
)

// supervision is what the flags say about watching over a crawl that nobody sits beside. It is of this run, and not kept.
type supervision struct {
	logFile    string
	logMaxSize size
	logKeep    int
	listen     string
	settings   string // the configuration file
}

// superviseFlags binds them.
func (s *supervision) superviseFlags(f *pflag.FlagSet) {
	f.StringVar(&s.logFile, "log-file", "", "write messages and what happens to the crawl to this `file`; SIGHUP opens it anew")
	s.logMaxSize = 10 << 20
	f.Var(&s.logMaxSize, "log-max-size", "begin a new log file before it has more bytes; with K, M or G; 0 never does")
	f.IntVar(&s.logKeep, "log-keep", 5, "old log files to keep, as FILE.1 (the newest), FILE.2 and so on")
	f.StringVar(&s.listen, "listen", "", "serve /metrics (for Prometheus) and /healthz at this `address`: 127.0.0.1:9100, or\n:9100, which is the same; to be reached from other machines it takes 0.0.0.0:9100")
	f.StringVar(&s.settings, "config", "", "read flags from this TOML `file`, as max-pages = 500 (AMBLE_CONFIG names one, too);\nthe command line and AMBLE_MAX_PAGES and the like win over it")
}

// check says what is wrong with them.
func (s *supervision) check() error {
	if s.logMaxSize < 0 || s.logKeep < 0 {
		return usage("--log-keep %d: use a positive number, or 0 to keep none", s.logKeep)
	}
	if s.listen == "" {
		return nil
	}
	_, err := listenAddress(s.listen)
	return err
}

// isSecret reports whether the values of a flag may be secrets, and so are never shown.
func isSecret(flag string) bool {
	return flag == "auth" || flag == "header" || flag == "proxy"
}

// settled makes a command take its flags from the environment and from a configuration file, too, before it begins to work.
func settled(work func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		set, err := settle(cmd)
		if err != nil {
			return err
		}
		return set.explain(work(cmd, args))
	}
}

// origins is where the flags' values come from.
type origins map[string]settings.Origin

// settle fills the flags that the command line left alone.
func settle(cmd *cobra.Command) (origins, error) {
	f := cmd.Flags()
	file := f.Lookup("config")
	if name := os.Getenv(settings.Variable("config")); !file.Changed && name != "" {
		if err := file.Value.Set(name); err != nil {
			return nil, usage("%w", err)
		}
	}
	known := newCrawl().Flags()
	s := settings.Sources{File: file.Value.String(), Environ: os.Environ(), Known: fromElsewhere(known), Secret: isSecret}
	set, odd, err := s.Fill(f)
	if err != nil {
		return nil, usage("%w", err)
	}
	for _, line := range odd {
		if quiet := f.Lookup("quiet"); quiet == nil || quiet.Value.String() == "false" {
			cmd.PrintErrln("amble: " + oneLine(line))
		}
	}
	return set, nil
}

// fromElsewhere are the flags that need not be given on the command line.
func fromElsewhere(all *pflag.FlagSet) *pflag.FlagSet {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SortFlags = false
	all.VisitAll(func(f *pflag.Flag) {
		if f.Name != "config" && f.Name != "help" {
			set.AddFlag(f)
		}
	})
	return set
}
