package look

import (
	_ "embed"
	"html/template"
	"sync"
	"unicode/utf8"
)

// Kinds of what is shown, by which it is coloured. The colour never says anything that the words do not.
const (
	Good = "good"
	Warn = "warn"
	Bad  = "bad"
)

// Tile is one figure, with its name.
type Tile struct {
	Value string
	Name  string
	Note  string // a few words more; may be empty
	Kind  string // Good, Warn, Bad or empty
	To    string // id of the part of the page that tells more; may be empty
}

// Table is a list, and how the rest is had of one that was cut.
type Table struct {
	ID      string // of the table's element, unique on the page
	Caption string
	Head    []Head
	Rows    [][]Cell
	Total   int64  // rows there are, those shown included; 0 if they are all shown
	Rest    string // a command that lists them all; may be empty
	Empty   string // said in place of a table without rows; without it nothing is
	Closed  bool   // the table waits behind its caption until it is opened
}

// Cut is whether there are more rows than are shown.
func (t Table) Cut() bool { return t.Total > int64(len(t.Rows)) }

// Count is the number of rows there are.
func (t Table) Count() int64 { return max(t.Total, int64(len(t.Rows))) }

// Head is the head of a column.
type Head struct {
	Text   string
	Number bool // its cells are set to the right
}

// Cell is what stands in a row. All texts are foreign: they are cleaned and escaped here.
type Cell struct {
	Text string
	URL  string // shown if there is no Text, and followed from it, if it is http or https
	Note string // smaller, beneath; may be empty
	Kind string // Good, Warn, Bad or empty
	More []Cell // one below the other, in the same place
	To   string // id of a part of the page
}

// The usual cells.
func Text(s string) Cell    { return Cell{Text: s} }
func URL(u string) Cell     { return Cell{URL: u} }
func Number(n int64) Cell   { return Cell{Text: Count(n)} }
func Tell(s, k string) Cell { return Cell{Text: s, Kind: k} }

// Short reports whether the cell has so little text that its column shall be wide enough for each of its words.
func (c Cell) Short() bool {
	return c.URL == "" && len(c.More) == 0 && c.Text != "" && utf8.RuneCountInString(c.Text) <= shortest
}

// shortest is the length of texts that are not broken within a word.
const shortest = 24

//go:embed blocks.html
var blocksText string

var blocks = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("blocks").Funcs(functions).Parse(blocksText))
})
