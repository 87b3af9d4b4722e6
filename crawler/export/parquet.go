package export

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"amble/crawler/page"
)

// groupBytes is how much of the pages' values goes into one row group: it is held in memory until it is written.
const groupBytes = 16 << 20

// parquetTable writes pages as rows of Apache Parquet. A column that may be missing is optional, and a list is a group of the kind
// that the format's specification has for lists, of which each element is a group of texts.
type parquetTable struct {
	w       *parquet.GenericWriter[any]
	columns []*Column
	place   map[string]int // of each leaf among the values of a row, by its path
	lists   map[string]listPlaces
	rows    []parquet.Row // of one row, to be used again
	size    int
}

func newParquet(w io.Writer, cs []*Column) *parquetTable {
	root := make(parquet.Group)
	for _, c := range cs {
		root[c.Name] = node(c)
	}
	schema := parquet.NewSchema("page", ordered{root, cs})
	t := &parquetTable{columns: cs, place: make(map[string]int), lists: make(map[string]listPlaces), rows: make([]parquet.Row, 1)}
	for i, path := range schema.Columns() {
		t.place[strings.Join(path, ".")] = i
	}
	for _, c := range cs {
		if c.Kind == KindList {
			var l listPlaces
			for i, part := range c.parts {
				l.place = append(l.place, t.place[c.Name+".list.element."+part])
				l.order = append(l.order, i)
			}
			slices.SortFunc(l.order, func(i, j int) int { return l.place[i] - l.place[j] })
			t.lists[c.Name] = l
		}
	}
	t.w = parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Snappy), parquet.CreatedBy("amble", "", ""),
		parquet.PageBufferSize(64<<10), parquet.ColumnPageBuffers(parquet.NewChunkBufferPool(64<<10)))
	return t
}

// listPlaces are the places of the parts of a list's elements, and the parts in the order of their places: the values of a row must
// stand in that order.
type listPlaces struct{ place, order []int }

// ordered is a group whose fields stand in the order of the columns; in a parquet.Group they stand by name.
type ordered struct {
	parquet.Group
	columns []*Column
}

func (o ordered) Fields() []parquet.Field {
	byName := make(map[string]parquet.Field)
	for _, f := range o.Group.Fields() {
		byName[f.Name()] = f
	}
	fields := make([]parquet.Field, len(o.columns))
	for i, c := range o.columns {
		fields[i] = byName[c.Name]
	}
	return fields
}

func node(c *Column) parquet.Node {
	var n parquet.Node
	switch c.Kind {
	case KindInteger:
		n = parquet.Int(64)
	case KindNumber:
		n = parquet.Leaf(parquet.DoubleType)
	case KindBoolean:
		n = parquet.Leaf(parquet.BooleanType)
	case KindTime:
		n = parquet.Timestamp(parquet.Millisecond)
	case KindText:
		n = parquet.String()
	case KindList:
		element := make(parquet.Group)
		for _, part := range c.parts {
			element[part] = parquet.String()
		}
		return parquet.List(element)
	}
	if c.always {
		return n
	}
	return parquet.Optional(n)
}

func (t *parquetTable) add(p *page.Page) error {
	row := t.rows[0][:0]
	for _, c := range t.columns {
		if c.Kind == KindList {
			row = t.list(row, c, p)
			continue
		}
		v := c.of(p)
		level := 0
		if !c.always && v != nil {
			level = 1
		}
		row = append(row, t.value(v).Level(0, level, t.place[c.Name]))
	}
	t.rows[0] = row
	if _, err := t.w.WriteRows(t.rows); err != nil {
		return err
	}
	if t.size >= groupBytes {
		t.size = 0
		return t.w.Flush()
	}
	return nil
}

// list appends the values of a list: part by part, for that is how columns are stored.
func (t *parquetTable) list(row parquet.Row, c *Column, p *page.Page) parquet.Row {
	places := t.lists[c.Name]
	for _, i := range places.order {
		place := places.place[i]
		again := 0 // 1 for all elements but the first
		for element := range c.each(p) {
			row = append(row, t.value(element[i]).Level(again, 1, place))
			again = 1
		}
		if again == 0 {
			row = append(row, parquet.NullValue().Level(0, 0, place))
		}
	}
	return row
}

func (t *parquetTable) value(v any) parquet.Value {
	t.size += 16
	switch v := v.(type) {
	case string:
		v = strings.ToValidUTF8(v, "\uFFFD")
		t.size += len(v)
		return parquet.ByteArrayValue([]byte(v))
	case int64:
		return parquet.Int64Value(v)
	case float64:
		return parquet.DoubleValue(v)
	case bool:
		return parquet.BooleanValue(v)
	case time.Time:
		return parquet.Int64Value(v.UnixMilli())
	}
	return parquet.NullValue()
}

func (t *parquetTable) close() error { return t.w.Close() }
