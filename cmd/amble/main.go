// Command amble crawls web sites: politely, to a set depth, exactly.
//
// Its subcommands are crawl, resume, config and others; "amble help" says what each does. Data goes to standard output,
// everything else to standard error.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// A reader who has had enough is an error of the next write, not the end of the process: a crawl has things to put in order.
	signal.Ignore(syscall.SIGPIPE)
	log.SetOutput(io.Discard) // net/http quotes there what hostile servers send; whatever matters comes back as an error
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}
