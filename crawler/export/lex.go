package export

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word, a text, a number or a sign of a condition.
type token struct {
	kind tokenKind
	text string // of a text what it says; of anything else how it is written
	at   int    // offset in the condition, in bytes
}

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenText
	tokenNumber
	tokenSign
)

// WhereError is a mistake in a condition.
type WhereError struct {
	Where  string // the condition
	Offset int    // where the mistake is, in bytes
	What   string // what it is, and what to write instead
}

// Error says what is wrong, at which character, and what stands there.
func (e *WhereError) Error() string {
	rest := []rune(e.Where[e.Offset:])
	at := fmt.Sprintf("at character %d", utf8.RuneCountInString(e.Where[:e.Offset])+1)
	switch {
	case len(rest) == 0:
		at = "at the end"
	case len(rest) > 24:
		at += fmt.Sprintf(" (%s...)", string(rest[:20]))
	default:
		at += fmt.Sprintf(" (%s)", string(rest))
	}
	return fmt.Sprintf("condition, %s: %s", at, e.What)
}

// lex splits a condition, as far as it can be split. The last token is the end.
func lex(where string) (tokens []token, wrong *WhereError) {
	for i := 0; ; {
		i += len(where[i:]) - len(strings.TrimLeftFunc(where[i:], unicode.IsSpace))
		if i == len(where) {
			return append(tokens, token{tokenEnd, "", i}), nil
		}
		t, n, err := next(where[i:])
		if err != "" {
			return append(tokens, token{tokenEnd, "", i}), &WhereError{where, i, err}
		}
		t.at = i
		tokens = append(tokens, t)
		i += n
	}
}

// next is the token at the beginning of s, and its length.
func next(s string) (t token, n int, err string) {
	switch c := s[0]; {
	case c == '\'' || c == '"':
		return quoted(s)
	case letter(c):
		n = len(s) - len(strings.TrimLeftFunc(s, func(r rune) bool { return r < 0x80 && (letter(byte(r)) || digit(byte(r))) }))
		if name, ok := strings.CutPrefix(s[n:], "."); ok && strings.EqualFold(s[:n], fieldsName) {
			n = len(s) - len(strings.TrimLeftFunc(name, inFieldName))
		}
		return token{kind: tokenWord, text: s[:n]}, n, ""
	case digit(c) || (c == '-' || c == '+' || c == '.') && len(s) > 1 && (digit(s[1]) || s[1] == '.'):
		n = 1 + len(s[1:]) - len(strings.TrimLeftFunc(s[1:], func(r rune) bool {
			return r < 0x80 && (letter(byte(r)) || digit(byte(r)) || r == '.')
		}))
		return token{kind: tokenNumber, text: s[:n]}, n, ""
	}
	for _, sign := range []string{"<=", ">=", "!=", "<>", "==", "=", "<", ">", "(", ")", ","} {
		if strings.HasPrefix(s, sign) {
			return token{kind: tokenSign, text: sign}, len(sign), ""
		}
	}
	r, _ := utf8.DecodeRuneInString(s)
	return token{}, 0, fmt.Sprintf("%q means nothing here; a text stands between quotes", r)
}

// quoted is a text between quotes of either kind. Of two in a row one is meant; nothing else has a meaning of its own, so that
// regular expressions need no more backslashes than they have.
func quoted(s string) (t token, n int, err string) {
	quote := s[:1]
	t.kind = tokenText
	for n = 1; ; {
		end := strings.Index(s[n:], quote)
		if end < 0 {
			return t, 0, "this text has no end: its quote is missing"
		}
		t.text += s[n : n+end]
		n += end + 1
		if !strings.HasPrefix(s[n:], quote) {
			return t, n, ""
		}
		t.text += quote
		n++
	}
}

// inFieldName tells whether a character can stand in the name of a field without quotes.
func inFieldName(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-.:@", r)
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }
