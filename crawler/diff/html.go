package diff

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strings"
	"sync"

	"amble/crawler/crawlfile"
	"amble/crawler/report/look"
)

//go:embed diff.html
var bodyText string

var body = sync.OnceValue(func() *template.Template { return look.New("diff", bodyText) })

// most is Options.Most where it is not set.
const most = 100

// webPage is what the template shows.
type webPage struct {
	Sides look.Table
	Notes []string
	Tiles []look.Tile
	Parts []webPart
}

// webPart is the list of one kind.
type webPart struct {
	ID, Title string
	Table     look.Table

	link    string // the last one, if it is of links
	holders int    // of that link, shown or not
}

// add takes a difference into the list, if there is room. Links to the same are one row.
func (p *webPart) add(d *Difference, most int) {
	if d.Link == nil {
		if p.Table.Total++; len(p.Table.Rows) < most {
			p.Table.Rows = append(p.Table.Rows, row(d))
		}
		return
	}
	if d.URL != p.link || p.holders == 0 {
		p.endLink()
		p.link = d.URL
		if p.Table.Total++; p.Table.Total <= int64(most) {
			p.Table.Rows = append(p.Table.Rows, linkRow(d))
		}
	}
	if p.holders++; p.holders <= linksMost && p.Table.Total <= int64(most) {
		cell := p.holdersCell()
		cell.More = append(cell.More, holderCell(d))
	}
}

// holdersCell is where the pages stand that hold the last link of the list.
func (p *webPart) holdersCell() *look.Cell {
	last := p.Table.Rows[len(p.Table.Rows)-1]
	return &last[len(last)-1]
}

// endLink says how many pages hold the last link besides those shown.
func (p *webPart) endLink() {
	if more := p.holders - linksMost; more > 0 && !p.Table.Cut() {
		cell := p.holdersCell()
		cell.More = append(cell.More, look.Text("and in "+plural(more, "place")+" more"))
	}
	p.holders = 0
}

// colours are the kinds in the eyes of look. That something changed is neither good nor bad.
var colours = map[Kind]string{Gone: look.Warn, Broken: look.Bad, Mended: look.Good, Unreached: look.Warn}

// html keeps of each kind as many rows as are shown: they come after figures that are known at the end.
func (c *Comparison) html(ctx context.Context, w *bufio.Writer) (Summary, error) {
	rows := c.o.Most
	if rows <= 0 {
		rows = most
	}
	parts := make(map[Kind]*webPart, len(Kinds))
	for _, k := range Kinds {
		parts[k] = &webPart{ID: string(k), Title: titles[k], Table: look.Table{ID: string(k) + "-list", Caption: captions[k], Head: heads[k], Rest: c.rest(k)}}
	}
	sum, err := c.tell(ctx, func(d *Difference) error {
		parts[d.Kind].add(d, rows)
		return nil
	})
	if err != nil {
		return sum, err
	}
	for _, p := range parts {
		p.endLink()
	}
	data := webPage{Sides: c.sides(), Notes: c.notes}
	if s := sum.unknown(c.New().Path); s != "" {
		data.Notes = append(data.Notes[:len(data.Notes):len(data.Notes)], s)
	}
	sections := []look.Section{{ID: "summary", Title: "In numbers"}}
	for _, k := range Kinds {
		tile := look.Tile{Value: thousands(sum.Count(k)), Name: tileNames[k]}
		if sum.Count(k) > 0 {
			tile.Kind, tile.To = colours[k], string(k)
			data.Parts = append(data.Parts, *parts[k])
			sections = append(sections, look.Section{ID: string(k), Title: titles[k], Note: thousands(sum.Count(k)), Kind: colours[k]})
		}
		data.Tiles = append(data.Tiles, tile)
	}
	data.Tiles = append(data.Tiles, look.Tile{Value: thousands(sum.Same), Name: "URLs are the same", Kind: look.Good})
	p := look.Page{Title: c.title(), Lead: sum.sentence(), Sections: sections,
		Note: fmt.Sprintf("Made by amble of the crawl files %s and %s.", c.Old().Path, c.New().Path)}
	return sum, p.Write(w, func(w io.Writer) error { return body().Execute(w, data) })
}

// tileNames say what is counted.
var tileNames = map[Kind]string{
	New: "new pages", Gone: "pages are gone", Moved: "pages moved", Changed: "pages changed", Broken: "newly broken links", Mended: "mended links",
	Unreached: "pages were not reached", Unseen: "pages were not seen before",
}

// captions say what the rows are.
var captions = map[Kind]string{
	New: "There now, and not before", Gone: "There before, and not now", Moved: "The same content at another URL", Changed: "In both crawls, and not the same",
	Broken: "What the links name", Mended: "What the links name", Unreached: "There before; now nobody knows", Unseen: "There now; before nobody knew",
}

var heads = map[Kind][]look.Head{
	New:       {{Text: "Page"}, {Text: "Title"}, {Text: "Answer"}},
	Gone:      {{Text: "Page"}, {Text: "Title"}, {Text: "Why"}},
	Moved:     {{Text: "From"}, {Text: "To"}, {Text: "Title"}, {Text: "The old URL"}},
	Changed:   {{Text: "Page"}, {Text: "What changed"}},
	Broken:    {{Text: "Link to"}, {Text: "Fails with"}, {Text: "Where it is"}},
	Mended:    {{Text: "Link to"}, {Text: "Failed with"}, {Text: "Where it was"}},
	Unreached: {{Text: "Page"}, {Text: "Title"}, {Text: "Why"}},
	Unseen:    {{Text: "Page"}, {Text: "Title"}, {Text: "Why"}},
}

// row is a difference as the table of its kind has it.
func row(d *Difference) []look.Cell {
	switch d.Kind {
	case New:
		return []look.Cell{look.URL(d.URL), look.Text(d.New.Title), look.Text(answer(d.New.Status))}
	case Gone:
		return []look.Cell{look.URL(d.URL), look.Text(d.Old.Title), look.Text(reason(d))}
	case Moved:
		return []look.Cell{look.URL(d.Old.URL), look.URL(d.URL), look.Text(d.New.Title), look.Text(pick(d.Why == crawlfile.WhySame, "does not lead there", "redirects there", ""))}
	case Changed:
		var cell look.Cell
		for i := range d.Fields {
			cell.More = append(cell.More, fieldCell(&d.Fields[i]))
		}
		return []look.Cell{look.URL(d.URL), cell}
	case Unreached:
		return []look.Cell{look.URL(d.URL), look.Text(d.Old.Title), look.Text(reason(d))}
	}
	return []look.Cell{look.URL(d.URL), look.Text(d.New.Title), look.Text(reason(d))} // Unseen
}

// linkRow is the row of what a link names; who holds it comes into its last cell.
func linkRow(d *Difference) []look.Cell {
	fails := look.Text(linkReason(d))
	if d.Kind == Broken {
		fails.Kind = look.Bad
	}
	if d.Link.Other == crawlfile.Answered {
		fails.Note = linkOther(d)
	}
	return []look.Cell{look.URL(d.URL), fails, {}}
}

// holderCell is a page that holds a link.
func holderCell(d *Difference) look.Cell {
	cell := look.Cell{URL: d.Link.From}
	var notes []string
	switch {
	case cell.URL == "":
		cell.Text = holder(&d.Link.Broken)
	case d.Link.Text != "":
		notes = append(notes, quoted(d.Link.Text))
	case d.Link.Kind != "link" && d.Link.Kind != "fragment":
		notes = append(notes, "as "+d.Link.Kind)
	}
	if d.Link.Other != crawlfile.Answered {
		notes = append(notes, linkOther(d))
	}
	cell.Note = strings.Join(notes, "; ")
	return cell
}

// fieldCell tells of a field.
func fieldCell(f *FieldChange) look.Cell {
	name := strings.ReplaceAll(string(f.Field), "_", " ") + ": "
	switch f.Field {
	case Content:
		return look.Text(name + apart(f))
	case Links:
		return look.Cell{Text: name + linksChanged(f), More: append(urlCells("+ ", f.Added), urlCells("− ", f.Removed)...)}
	case Title, Description:
		return look.Cell{Text: strings.TrimSuffix(name, ": "), More: []look.Cell{look.Text(shown(f, f.Old)), look.Text("→ " + shown(f, f.New))}}
	}
	return look.Text(name + shown(f, f.Old) + " → " + shown(f, f.New))
}

func urlCells(mark string, urls []string) (all []look.Cell) {
	for i, u := range urls {
		if i == linksMost && len(urls) > linksMost+1 {
			return append(all, look.Text(mark+"and "+thousands(len(urls)-i)+" more"))
		}
		all = append(all, look.Cell{Text: mark + u, URL: u})
	}
	return all
}

// sides are the two crawls.
func (c *Comparison) sides() look.Table {
	t := look.Table{ID: "sides", Caption: "The crawls", Head: []look.Head{{Text: "Crawl"}, {Text: "File"}, {Text: "Began at"}, {Text: "On (UTC)"}, {Text: "State"}, {Text: "URLs", Number: true}}}
	for _, s := range []*crawlfile.Side{c.Old(), c.New()} {
		name := pick(s == c.Old(), "older", "newer", "")
		begin := look.Text("")
		if len(s.Info.Seeds) > 0 {
			begin = look.URL(s.Info.Seeds[0])
		}
		t.Rows = append(t.Rows, []look.Cell{look.Text(name), look.Text(s.Path), begin, look.Text(s.Info.Created.UTC().Format("2 January 2006, 15:04")), look.Text(state(s)), look.Number(int64(s.Pages))})
	}
	return t
}

func (c *Comparison) title() string {
	if c.o.Title != "" {
		return c.o.Title
	}
	u, err := url.Parse(seed(c.New()))
	if err != nil || u.Host == "" {
		return "Changes between two crawls"
	}
	return "Changes of " + u.Host
}

// rest is the command that lists all of a kind.
func (c *Comparison) rest(k Kind) string {
	var flags strings.Builder
	for _, m := range c.o.Map {
		flags.WriteString(" --map " + shell(m.Old+"="+m.New))
	}
	for _, f := range c.o.Ignore {
		flags.WriteString(" --ignore " + string(f))
	}
	if c.o.MinDistance > 0 {
		fmt.Fprintf(&flags, " --min-distance %d", c.o.MinDistance)
	}
	return fmt.Sprintf(`amble diff %s %s%s --json | jq '.differences[] | select(.change == "%s")'`, shell(c.Old().Path), shell(c.New().Path), flags.String(), k)
}

// shell quotes a word for a shell.
func shell(s string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-._/+:@%=", c)
	}
	if strings.IndexFunc(s, func(c rune) bool { return !plain(c) }) < 0 && !strings.HasPrefix(s, "-") {
		return cmp.Or(s, "''")
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
