// Package settings fills a command's flags from other places than its command line: the environment and a configuration file.
//
// A flag --max-pages is the variable AMBLE_MAX_PAGES and the key max-pages. A flag on the command line wins over its variable, a
// variable over the file, and the file over the flag's default. A flag that takes several values takes all of them from the place
// that wins. What was set counts as given (pflag's Changed), so that whoever asks which flags were given need not know where.
package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Prefix is that of the environment variables' names.
const Prefix = "AMBLE_"

// Variable is the environment variable of a flag.
func Variable(flag string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Origin is where a flag's value comes from. The zero Origin is its default.
type Origin struct {
	CommandLine bool
	Variable    string // of the environment
	File        string
	Line        int // in File
}

func (o Origin) String() string {
	switch {
	case o.CommandLine:
		return "command line"
	case o.Variable != "":
		return "environment " + o.Variable
	case o.File != "":
		return fmt.Sprintf("file %s:%d", o.File, o.Line)
	}
	return "default"
}

// Sources are the places to look in.
type Sources struct {
	File    string            // a configuration file; "" for none
	Environ []string          // as os.Environ returns it
	Known   *pflag.FlagSet    // all flags that may be set; others are mistakes
	Secret  func(string) bool // whether a flag's values must not be shown
}

// Fill sets those flags of set that are known and that the command line left alone. It returns where the values came from, by flag,
// and what is odd about the environment, a line each. An error names the place, and quotes no secret.
func (s Sources) Fill(set *pflag.FlagSet) (origins map[string]Origin, odd []string, err error) {
	origins = make(map[string]Origin)
	set.Visit(func(f *pflag.Flag) { origins[f.Name] = Origin{CommandLine: true} })
	variables, odd := s.environment()
	entries, err := s.entries()
	if err != nil {
		return nil, nil, err
	}
	set.VisitAll(func(f *pflag.Flag) {
		if err != nil || f.Changed || s.Known.Lookup(f.Name) == nil {
			return
		}
		if text, ok := variables[f.Name]; ok {
			origins[f.Name] = Origin{Variable: Variable(f.Name)}
			if !fill(set, f, variableValues(f, text)) {
				err = s.wrong(f, Variable(f.Name)+": ", "=", text)
			}
			return
		}
		if e, ok := entries[f.Name]; ok {
			origins[f.Name] = Origin{File: s.File, Line: e.line}
			if !fill(set, f, e.values) {
				err = s.wrong(f, fmt.Sprintf("%s:%d: ", s.File, e.line), " = ", e.written)
			}
		}
	})
	return origins, odd, err
}

// fill sets a flag, and reports whether its value has the right form.
func fill(set *pflag.FlagSet, f *pflag.Flag, values []string) bool {
	if list, ok := f.Value.(pflag.SliceValue); ok && len(values) == 0 {
		return set.Set(f.Name, "") == nil && list.Replace(nil) == nil // so that it counts as given
	}
	for _, v := range values {
		if set.Set(f.Name, v) != nil {
			return false
		}
	}
	return true
}

// variableValues are the values in a variable: one a line, where a flag takes several.
func variableValues(f *pflag.Flag, text string) []string {
	if _, ok := f.Value.(pflag.SliceValue); !ok {
		return []string{text}
	}
	var values []string
	for line := range strings.Lines(text) {
		if v := strings.TrimSpace(line); v != "" {
			values = append(values, v)
		}
	}
	return values
}

// wrong says that a value is not of its flag's kind.
func (s Sources) wrong(f *pflag.Flag, place, equals, value string) error {
	what := f.Name
	if !s.Secret(f.Name) {
		what += equals + value[:min(len(value), 80)]
	}
	return fmt.Errorf("%s%s: write %s", place, what, kindOf(f).wanted)
}

// environment are the variables of known flags that are set and not empty, by flag, and those that look like misspelt ones.
func (s Sources) environment() (variables map[string]string, odd []string) {
	variables = make(map[string]string)
	for _, pair := range s.Environ {
		name, value, _ := strings.Cut(pair, "=")
		rest, ours := strings.CutPrefix(name, Prefix)
		if !ours || value == "" || name == Variable("config") {
			continue
		}
		flag := strings.ToLower(strings.ReplaceAll(rest, "_", "-"))
		if s.Known.Lookup(flag) != nil && Variable(flag) == name {
			variables[flag] = value
		} else if near := Nearest(s.Known, flag); near != "" {
			odd = append(odd, fmt.Sprintf("%s is set, but no flag is named so: did you mean %s?", name, Variable(near)))
		}
	}
	slices.Sort(odd)
	return variables, odd
}

// Nearest is the flag whose name alone begins with name, or else is a slip away from it, "" if there is none.
func Nearest(set *pflag.FlagSet, name string) string {
	nearest, least := "", 1+max(2, len(name)/4)
	var begun []string
	set.VisitAll(func(f *pflag.Flag) {
		if len(name) > 2 && strings.HasPrefix(f.Name, name) {
			begun = append(begun, f.Name)
		}
		if d := distance(name, f.Name); d < least && d < len(f.Name) {
			nearest, least = f.Name, d
		}
	})
	if len(begun) == 1 {
		return begun[0]
	}
	return nearest
}

// distance is the number of letters to add, leave out or change (Levenshtein's).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0] // of the row above
		row[0] = i + 1
		for j := range len(b) {
			d := before
			if a[i] != b[j] {
				d = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}
