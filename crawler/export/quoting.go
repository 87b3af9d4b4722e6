package export

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// What a shell is given without quotes of its own arrives here without any: --where title="foo" as title=foo, and --where title = foo as
// three arguments. What was meant can mostly be told.

// guesses is how many texts a condition may lack the quotes of.
const guesses = 8

// Quoted is the condition that was meant, if what is wrong with it is that its texts stand without quotes; "" if it is something else.
func (e *WhereError) Quoted() string {
	if len(e.Where) > maxWhere {
		return ""
	}
	return quoting(e, guesses)
}

// connective is what ends a text of several words.
var connective = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)\s+(and|or|not)\s`) })

// quoting puts quotes around what stands at the mistake, up to the next space or else up to the next and, or, and goes on with what is
// wrong then.
func quoting(e *WhereError, guesses int) string {
	from := e.Offset
	for from > 0 && !strings.ContainsRune(" \t\n=<>!(,", rune(e.Where[from-1])) {
		from--
	}
	rest := e.Where[from:]
	word := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || r == ')' || r == ',' })
	words := -1
	if at := connective().FindStringIndex(rest); at != nil {
		words = at[0]
	}
	for _, n := range []int{word, words} {
		if n < 0 {
			n = len(rest)
		}
		text := strings.TrimSpace(rest[:n])
		if text == "" || strings.ContainsAny(text, `"'`) {
			continue
		}
		meant := e.Where[:from] + `"` + text + `"` + rest[len(text):]
		_, err := ParseWhere(meant)
		var next *WhereError
		switch {
		case err == nil:
			return meant
		case errors.As(err, &next) && next.Offset > from+len(text) && guesses > 1:
			if meant = quoting(next, guesses-1); meant != "" {
				return meant
			}
		}
	}
	return ""
}
