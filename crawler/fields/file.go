package fields

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxFile is how many bytes a rules file has.
const maxFile = 4 << 20

// ReadFile reads the rules of a file, in their order, and whether it asks for structured data as well. The file is TOML:
//
//	structured = true              # all that JSON-LD, microdata and OpenGraph say
//
//	[fields]                       # of every page: NAME = SOURCE
//	heading = "css:h1"
//
//	[[pages]]                      # of pages whose URL matches one of these regular expressions
//	include = ['/products/[0-9]+']
//	exclude = ['[?&]print=']
//	[pages.fields]
//	price = { from = ["jsonld:Product.offers.price", "css:.price"], match = '[0-9.]+', first = true }
//	image = "css:img.hero@src"
//
// An error is one line, with the file and the line in it; it is ErrRule, or one of the system.
func ReadFile(name string) (rules []Rule, structured bool, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		if p := (*fs.PathError)(nil); errors.As(err, &p) {
			err = p.Err
		}
		return nil, false, fmt.Errorf("the rules file %s cannot be read: %w", name, err)
	}
	return parseFile(name, text)
}

// rulesFile is a rules file that is being read.
type rulesFile struct {
	name  string
	lines map[string]int // of keys, by their path
	order map[string]int
	rules []Rule
}

func parseFile(name string, text []byte) ([]Rule, bool, error) {
	f := &rulesFile{name: name, lines: make(map[string]int), order: make(map[string]int)}
	if len(text) > maxFile {
		return nil, false, f.wrong("", "the file has more than %d MiB", maxFile>>20)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var top map[string]any
	if err := toml.Unmarshal(text, &top); err != nil {
		line := 1
		if d := (*toml.DecodeError)(nil); errors.As(err, &d) {
			line, _ = d.Position()
		}
		return nil, false, wrong("%s:%d: this is no TOML: write lines such as price = \"css:.price\" below [fields]", name, line)
	}
	f.places(text)
	structured, err := f.top(top)
	if err == nil && len(f.rules) == 0 && !structured {
		err = f.wrong("", "there are no fields in it: write lines such as price = \"css:.price\" below [fields]")
	}
	if err != nil {
		return nil, false, err
	}
	return f.rules, structured, nil
}

// places notes where each key stands.
func (f *rulesFile) places(text []byte) {
	var p unstable.Parser
	var table []string
	groups := 0
	for p.Reset(text); p.NextExpression(); {
		x := p.Expression()
		var key []string
		line := 0
		for k := x.Key(); k.Next(); {
			if key = append(key, string(k.Node().Data)); line == 0 {
				line = p.Shape(k.Node().Raw).Start.Line
			}
		}
		switch x.Kind {
		case unstable.KeyValue:
			key = append(slices.Clone(table), key...)
		case unstable.ArrayTable, unstable.Table:
			if x.Kind == unstable.ArrayTable && slices.Equal(key, []string{"pages"}) {
				groups++
			}
			if key[0] == "pages" {
				f.met("pages", line)
				key[0] = group(groups - 1)
			}
			table = key
		}
		for n := 1; n <= len(key); n++ {
			f.met(strings.Join(key[:n], "\x00"), line)
		}
	}
}

func (f *rulesFile) met(path string, line int) {
	if _, again := f.lines[path]; !again {
		f.lines[path], f.order[path] = line, len(f.order)
	}
}

func group(i int) string { return fmt.Sprintf("pages %d", i) }

// wrong is an error about a key.
func (f *rulesFile) wrong(path, format string, args ...any) error {
	for ; ; path = path[:max(0, strings.LastIndexByte(path, 0))] {
		if line := f.lines[path]; line > 0 || path == "" {
			return wrong("%s:%d: %s", f.name, max(line, 1), fmt.Sprintf(format, args...))
		}
	}
}

// keys are those of a table, in the order of the file.
func (f *rulesFile) keys(path string, table map[string]any) []string {
	var all []string
	for k := range table {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b string) int {
		x, y := path+a, path+b
		return compareOr(f.order[x]-f.order[y], strings.Compare(a, b))
	})
	return all
}

func compareOr(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}

func (f *rulesFile) top(table map[string]any) (structured bool, err error) {
	for _, key := range f.keys("", table) {
		switch v := table[key].(type) {
		case bool:
			if key != "structured" {
				return false, f.unknown(key, key)
			}
			structured = v
		case map[string]any:
			if key != "fields" {
				return false, f.unknown(key, key)
			}
			if err := f.fields("fields\x00", v, Rule{}); err != nil {
				return false, err
			}
		case []any:
			if key != "pages" {
				return false, f.unknown(key, key)
			}
			for i, g := range v {
				if err := f.pages(i, g); err != nil {
					return false, err
				}
			}
		default:
			return false, f.unknown(key, key)
		}
	}
	return structured, nil
}

func (f *rulesFile) unknown(path, key string) error {
	switch key {
	case "structured":
		return f.wrong(path, "structured: write true or false")
	case "fields":
		return f.wrong(path, "fields is a table: write [fields], and below it lines such as price = \"css:.price\"")
	case "pages":
		return f.wrong(path, "pages are groups: write [[pages]] with two brackets for each of them")
	}
	return f.wrong(path, "%q is not known here: there are structured, [fields] and [[pages]]; fields stand below [fields]", key)
}

// pages reads a group of fields for some pages.
func (f *rulesFile) pages(i int, v any) error {
	path := group(i) + "\x00"
	g, ok := v.(map[string]any)
	if !ok {
		return f.unknown("pages", "pages")
	}
	var of Rule
	var err error
	for _, key := range f.keys(path, g) {
		switch key {
		case "include", "exclude":
			list, ok := texts(g[key])
			if !ok {
				return f.wrong(path+key, "%s: write a list of regular expressions, such as ['/products/[0-9]+']", key)
			}
			if _, err := expressions(key, list); err != nil {
				return f.wrong(path+key, "%v", err)
			}
			if key == "include" {
				of.Include = list
			} else {
				of.Exclude = list
			}
		case "fields":
		default:
			return f.wrong(path+key, "%q is not known here: [[pages]] have include, exclude and [pages.fields]", key)
		}
	}
	if len(of.Include)+len(of.Exclude) == 0 {
		return f.wrong(group(i), "these [[pages]] do not say which they are: write include = ['/products/'], or put the fields below [fields]")
	}
	table, ok := g["fields"].(map[string]any)
	if !ok || len(table) == 0 {
		return f.wrong(group(i), "these [[pages]] have no fields: write [pages.fields], and below it lines such as price = \"css:.price\"")
	}
	err = f.fields(path+"fields\x00", table, of)
	return err
}

// texts is a list of texts; one alone may stand without brackets.
func texts(v any) ([]string, bool) {
	if s, ok := v.(string); ok {
		return []string{s}, true
	}
	list, ok := v.([]any)
	all := make([]string, 0, len(list))
	for _, e := range list {
		s, isText := e.(string)
		ok = ok && isText
		all = append(all, s)
	}
	return all, ok && len(all) > 0
}

// fields reads the fields of a group; of says which pages it is for.
func (f *rulesFile) fields(path string, table map[string]any, of Rule) error {
	for _, name := range f.keys(path, table) {
		of := of
		of.Name = name
		from := table[name]
		if more, ok := from.(map[string]any); ok {
			from = more["from"]
			if err := f.refine(path+name, more, &of); err != nil {
				return err
			}
		}
		sources, ok := texts(from)
		if !ok {
			return f.wrong(path+name, "field %q: write a source such as \"css:.price\", a list of them, or { from = \"css:.price\", first = true }", name)
		}
		for _, of.From = range sources {
			if _, err := compile(of); err != nil {
				return f.wrong(path+name, "field %q: %v", name, err)
			}
			if f.rules = append(f.rules, of); len(f.rules) > MaxRules {
				return f.wrong(path+name, "there are more than %d fields", MaxRules)
			}
		}
	}
	return nil
}

// refine reads what a field says besides its source.
func (f *rulesFile) refine(path string, more map[string]any, of *Rule) error {
	for _, key := range f.keys(path+"\x00", more) {
		ok := true
		switch key {
		case "from":
		case "match":
			of.Match, ok = more[key].(string)
		case "first":
			of.First, ok = more[key].(bool)
		default:
			return f.wrong(path, "field %q: %q is not known: a field has from, match and first", of.Name, key)
		}
		if !ok {
			return f.wrong(path, "field %q: %s: write %s", of.Name, key, map[string]string{"match": "a regular expression in quotes", "first": "true or false"}[key])
		}
	}
	return nil
}
