package report

import (
	"fmt"

	"amble/crawler/report/look"
)

// The measures of the map, in units of its drawing.
const (
	mapWidth = 1000.0
	mapRow   = 26
	mapRows  = 7
	mapLeast = 3.0 // narrower blocks are left out
	mapChar  = 6.6 // width of a character
)

// siteMap is the tree as a picture: a row for each level, and in it a block for each folder, as wide as it has pages.
type siteMap struct {
	Blocks []block
	rows   int
}

type block struct {
	ID, Y          int
	X, Width, Text string
	Tip            string
	Name           string // for those who do not see it
	Kind           string
}

// Height is that of the drawing.
func (m siteMap) Height() int { return m.rows*mapRow + 2 }

func mapOf(root *folder) (m siteMap) {
	var draw func(f *folder, level int, x, width float64)
	draw = func(f *folder, level int, x, width float64) {
		if level >= mapRows || width < mapLeast {
			return
		}
		at := x
		for _, c := range f.Folders {
			w := width * float64(c.Pages) / float64(f.Pages)
			if w >= mapLeast {
				m.block(c, level, at, w)
				draw(c, level+1, at, w)
			}
			at += w
		}
	}
	draw(root, 0, 0, mapWidth)
	return m
}

func (m *siteMap) block(f *folder, level int, x, width float64) {
	b := block{ID: f.ID, Y: level * mapRow, X: fmt.Sprintf("%.1f", x), Width: fmt.Sprintf("%.1f", width),
		Tip: look.Clean(f.prefix) + ": " + look.Count(f.Pages) + " pages, " + f.Size()}
	if f.Failed > 0 {
		b.Tip += ", " + look.Count(f.Failed) + " failed"
		b.Kind = look.Warn
		if f.Failed*5 >= f.Pages {
			b.Kind = look.Bad
		}
	}
	name := []rune(look.Clean(f.Name))
	if room := int((width - 8) / mapChar); len(name) > room {
		if room < 4 {
			name = nil
		} else {
			name = append(name[:room-1:room-1], '…')
		}
	}
	b.Text = string(name)
	m.rows = max(m.rows, level+1)
	m.Blocks = append(m.Blocks, b)
}
