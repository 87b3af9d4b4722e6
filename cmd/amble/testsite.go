package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"amble/crawler/crawlertest"
)

// sites are bundled sites that are served while they are crawled.
type sites struct {
	server *crawlertest.Server
	seeds  []string
}

// serveSites serves the bundled sites of these names on loopback; for no names it does nothing.
func serveSites(names []string) (*sites, error) {
	if len(names) == 0 {
		return &sites{}, nil
	}
	var all []*crawlertest.Site
	var seeds []string
	for _, name := range names {
		s, err := crawlertest.Lookup(name)
		if err != nil {
			return nil, usage("testsite:%s: %w", name, err)
		}
		all, seeds = append(all, s), append(seeds, s.Seeds...)
	}
	server, err := serveMerged(all, "")
	if err != nil {
		return nil, err
	}
	return &sites{server, seeds}, nil
}

func serveMerged(all []*crawlertest.Site, addr string) (*crawlertest.Server, error) {
	site := all[0]
	if len(all) > 1 {
		var err error
		if site, err = crawlertest.Merge("testsite", all...); err != nil {
			return nil, usage("these sites cannot be served together: %w", err)
		}
	}
	server, err := crawlertest.Serve(site, addr)
	if err != nil {
		return nil, stuck(err)
	}
	return server, nil
}

func (s *sites) dial() func(context.Context, string, string) (net.Conn, error) {
	if s.server == nil {
		return nil
	}
	s.server.Log().Stop() // nobody reads it
	return s.server.Dial
}

func (s *sites) close() {
	if s.server != nil {
		s.server.Close()
	}
}

func newTestsite() *cobra.Command {
	var addr string
	var list bool
	var mazePages int
	cmd := &cobra.Command{
		Use:   "testsite [NAME...]",
		Short: "List and serve the sites that come with amble",
		Long: `Serve the sites that come with amble on this machine, all of them or those named, until Ctrl-C.

Each site proves something about a crawler. Their hosts end in .test, and the server can be used as
an HTTP proxy to reach them from any crawler or browser. To crawl one with amble, "amble crawl
testsite:NAME" is enough: it serves the site by itself.`,
		Example: `  amble testsite --list
  amble testsite tree --addr 127.0.0.1:8080
  curl --proxy http://127.0.0.1:8080 http://tree.test/`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, s := range crawlertest.Sites() {
				names = append(names, s.Name+"\t"+s.Proves)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			all := crawlertest.Sites()
			if len(args) > 0 {
				all = nil
			}
			for _, name := range args {
				s, err := crawlertest.Lookup(name)
				if err == nil && name == "maze" && mazePages != 0 {
					s, err = crawlertest.Maze(mazePages, 1)
				}
				if err != nil {
					return usage("%w", err)
				}
				all = append(all, s)
			}
			for _, s := range all {
				fmt.Fprintf(cmd.OutOrStdout(), "%-10s %s\n", s.Name, s.Proves)
			}
			if list {
				return nil
			}
			return serveUntilSignal(cmd, all, addr)
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:0", "serve on this address; port 0 takes a free one")
	cmd.Flags().IntVar(&mazePages, "maze-pages", 0, "make the site maze, if it is named, one of so many pages; 0 leaves it as it is")
	cmd.Flags().BoolVar(&list, "list", false, "list the sites and do not serve them")
	return cmd
}

func serveUntilSignal(cmd *cobra.Command, all []*crawlertest.Site, addr string) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := serveMerged(all, addr)
	if err != nil {
		return err
	}
	defer server.Close()
	server.Log().Stop()
	var seeds []string
	for _, s := range all {
		seeds = append(seeds, s.Seeds...)
	}
	w := cmd.ErrOrStderr()
	fmt.Fprintf(w, "\nServing on %s until Ctrl-C. Seeds: %s\n", server.Addr(), strings.Join(seeds, " "))
	fmt.Fprintf(w, "To look at it:  curl --proxy http://%s %s\n", server.Addr(), seeds[0])
	fmt.Fprintf(w, "To crawl it:    HTTP_PROXY=http://%s amble crawl %s\n", server.Addr(), seeds[0])
	<-ctx.Done()
	return nil
}
