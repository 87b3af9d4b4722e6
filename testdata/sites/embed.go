// Package sites holds the bundled local sites, one txtar archive each.
//
// Every archive says in its first line what a crawl of it proves. Package crawlertest, which describes their form,
// reads and serves them.
package sites

import "embed"

// FS holds the archives: NAME.txtar is the site NAME.
//
//go:embed *.txtar
var FS embed.FS
