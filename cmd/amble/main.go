// Command amble crawls web sites: politely, to a set depth, exactly.
//
// Its subcommands are crawl, resume, export and testsite; "amble help" says what each does. Data goes to standard output,
// everything else to standard error.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}
