package look

import (
	"fmt"
	"strings"
)

// Bars is a chart of horizontal bars, one for each group, with the same as a table behind it.
type Bars struct {
	ID    string // unique on the page
	Title string
	Group string // what the groups are, as the head of a column: "depth"
	What  string // what is counted: "pages"
	Bars  []Bar
}

// Bar is one group of a chart.
type Bar struct {
	Name  string
	Value int64
	Kind  string // Good, Warn, Bad or empty
}

// The measures of a chart, in units of its drawing.
const (
	chartWidth = 480
	chartName  = 132 // room for names
	chartValue = 104 // room for values
	chartRow   = 26
	nameMost   = 19 // characters that find room
)

type laidBar struct {
	Name, Value string
	Kind        string
	Y           int
	Width       string
	Beside      string // where the value stands
}

// Width and Height are those of the drawing.
func (b Bars) Width() int  { return chartWidth }
func (b Bars) Height() int { return len(b.Bars)*chartRow + 4 }

// Lay places the bars. What is not nothing is a pixel wide at the least.
func (b Bars) Lay() (all []laidBar) {
	var most, sum int64
	for _, x := range b.Bars {
		most, sum = max(most, x.Value), sum+x.Value
	}
	for i, x := range b.Bars {
		w := 0.0
		if most > 0 {
			w = float64(x.Value) / float64(most) * (chartWidth - chartName - chartValue)
		}
		if x.Value > 0 {
			w = max(w, 1.5)
		}
		name := []rune(Clean(x.Name))
		if len(name) > nameMost {
			name = append(name[:nameMost-1], '…')
		}
		all = append(all, laidBar{Name: string(name), Value: Count(x.Value) + share(x.Value, sum), Kind: x.Kind, Y: i*chartRow + 2, Width: fmt.Sprintf("%.1f", w), Beside: fmt.Sprintf("%.1f", chartName+w+6)})
	}
	return all
}

// share is a part of the whole, as " · 12 %".
func share(n, of int64) string {
	if of == 0 || n == 0 {
		return ""
	}
	p := 100 * float64(n) / float64(of)
	switch {
	case p < 0.1:
		return " · < 0.1 %"
	case p < 10:
		return fmt.Sprintf(" · %.1f %%", p)
	}
	return fmt.Sprintf(" · %.0f %%", p)
}

// Describe tells in words what the chart shows.
func (b Bars) Describe() string {
	var parts []string
	for _, x := range b.Bars {
		parts = append(parts, Clean(x.Name)+": "+Count(x.Value))
	}
	return fmt.Sprintf("Bar chart of %s by %s. %s.", b.What, b.Group, strings.Join(parts, "; "))
}

// Table is the chart as a table.
func (b Bars) Table() Table {
	t := Table{ID: b.ID + "-table", Caption: "The same as a table", Head: []Head{{Text: b.Group}, {Text: b.What, Number: true}}, Closed: true}
	for _, x := range b.Bars {
		t.Rows = append(t.Rows, []Cell{Text(x.Name), Number(x.Value)})
	}
	return t
}
