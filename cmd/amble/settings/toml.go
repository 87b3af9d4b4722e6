package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
	"github.com/spf13/pflag"
)

// entry is a key of a configuration file.
type entry struct {
	line    int
	values  []string // as on a command line
	written string   // the value, for messages
}

// kind is how the value of a flag is written in a file.
type kind struct {
	wanted string
	texts  func(v any) (string, bool) // v as on a command line
	bare   bool                       // it is written without quotes
}

var kinds = map[string]kind{
	"bool":     {"true or false", as[bool], true},
	"int":      {"a whole number, such as 3", as[int64], true},
	"float64":  {"a number, such as 0.5", either(as[float64], as[int64]), true},
	"duration": {`a time with its unit, such as "30m"`, as[string], false},
	"size":     {`a number of bytes, such as "10M"`, either(as[string], as[int64]), false},
	// A list may have numbers in it: statuses for --fail-on.
	"list": {`a list of texts, such as ["one", "two"]`, either(as[string], as[int64]), false},
	"text": {`a text in quotes`, as[string], false},
}

// kindOf is the kind of a flag; one of a type that is not known here is a text.
func kindOf(f *pflag.Flag) kind {
	name := f.Value.Type()
	if _, ok := f.Value.(pflag.SliceValue); ok {
		name = "list"
	}
	if k, ok := kinds[name]; ok {
		return k
	}
	return kinds["text"]
}

// as writes a value of one type.
func as[T any](v any) (string, bool) {
	t, ok := v.(T)
	return fmt.Sprint(t), ok
}

func either(a, b func(any) (string, bool)) func(any) (string, bool) {
	return func(v any) (string, bool) {
		if s, ok := a(v); ok {
			return s, true
		}
		return b(v)
	}
}

// entries reads the configuration file, by key.
func (s Sources) entries() (map[string]entry, error) {
	if s.File == "" {
		return nil, nil
	}
	text, err := os.ReadFile(s.File)
	if err != nil {
		if p := (*fs.PathError)(nil); errors.As(err, &p) {
			err = p.Err
		}
		return nil, fmt.Errorf("the configuration file %s cannot be read: %w", s.File, err)
	}
	return s.parse(bytes.TrimPrefix(text, []byte("\ufeff")))
}

// parse reads the text of the file.
func (s Sources) parse(text []byte) (map[string]entry, error) {
	var values map[string]any
	if err := toml.Unmarshal(text, &values); err != nil {
		line := 1
		if d := (*toml.DecodeError)(nil); errors.As(err, &d) {
			line, _ = d.Position()
		}
		if name, line := repeated(text); line > 0 {
			return nil, fmt.Errorf("%s:%d: %s stands there a second time: keep one of them", s.File, line, name)
		}
		// Its words may quote what is written there.
		return nil, fmt.Errorf("%s:%d: this is no TOML: write lines such as max-pages = 500 or contact = \"me@example.com\"", s.File, line)
	}
	entries := make(map[string]entry)
	var p unstable.Parser
	for p.Reset(text); p.NextExpression(); {
		e, err := s.entry(&p, values)
		if err != nil {
			return nil, err
		}
		entries[e.name] = e.entry
	}
	return entries, p.Error()
}

// repeated is the first key that was there before, and its line; 0 if there is none.
func repeated(text []byte) (name string, line int) {
	before := make(map[string]bool)
	var p unstable.Parser
	for p.Reset(text); p.NextExpression(); {
		x := p.Expression()
		if x.Kind != unstable.KeyValue {
			break // a table, which is a mistake of its own
		}
		var parts []string
		for key := x.Key(); key.Next(); {
			parts = append(parts, string(key.Node().Data))
			line = p.Shape(key.Node().Raw).Start.Line
		}
		if name = strings.Join(parts, "."); before[name] {
			return name, line
		}
		before[name] = true
	}
	return "", 0
}

// entry reads the parser's next key.
func (s Sources) entry(p *unstable.Parser, values map[string]any) (res struct {
	name string
	entry
}, err error) {
	x := p.Expression()
	var parts []string
	for key := x.Key(); key.Next(); {
		if parts = append(parts, string(key.Node().Data)); len(parts) == 1 {
			res.line = p.Shape(key.Node().Raw).Start.Line
		}
	}
	res.name = strings.Join(parts, ".")
	place := fmt.Sprintf("%s:%d: ", s.File, res.line)
	if x.Kind != unstable.KeyValue {
		return res, fmt.Errorf("%s[%s]: there are no tables: write flags' names, such as max-pages = 500", place, res.name)
	}
	f := s.Known.Lookup(res.name)
	if f == nil {
		hint := "a key is the name of a flag of amble crawl"
		if near := Nearest(s.Known, res.name); near != "" {
			hint = "did you mean " + near + "?"
		}
		return res, fmt.Errorf("%sunknown key %s: %s", place, strconv.Quote(res.name), hint)
	}
	v := values[res.name]
	if t, ok := v.(string); ok {
		res.written = strconv.Quote(t)
	} else {
		res.written = fmt.Sprint(v)
	}
	items := []any{v}
	if list, ok := v.([]any); ok {
		if _, several := f.Value.(pflag.SliceValue); !several {
			return res, s.wrong(f, place, " = ", res.written)
		}
		items = list
	}
	for _, item := range items {
		text, ok := kindOf(f).texts(item)
		if !ok {
			return res, s.wrong(f, place, " = ", res.written)
		}
		res.values = append(res.values, text)
	}
	return res, nil
}

// Assignment is the line of a configuration file that gives a flag the value it has, without an end of line.
func Assignment(f *pflag.Flag) (string, error) {
	var v any = f.Value.String()
	if list, ok := f.Value.(pflag.SliceValue); ok {
		v = append([]string{}, list.GetSlice()...)
	} else if kindOf(f).bare {
		return f.Name + " = " + strings.ToLower(f.Value.String()), nil // +Inf and NaN are lower case in TOML
	}
	line, err := toml.Marshal(map[string]any{f.Name: v})
	return strings.TrimSuffix(string(line), "\n"), err
}
