package export

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"amble/crawler/crawlfile"
)

// Limits of a condition, far within those of SQLite.
const (
	maxWhere       = 64 << 10 // bytes
	maxComparisons = 400
	maxValues      = 10_000 // in lists
	maxNesting     = 25     // parentheses, one in the other
	maxLike        = 50_000 // bytes of a pattern
)

// Where is a condition over the columns of a page, such as
//
//	status >= 400 and not (url contains "/archive/" or error_class in ("robots", "trap"))
//
// It is true or false of each page. A comparison with a value that is missing is false, but for !=, which is true: what has no
// status has not the status 200. So not(...) is true of exactly the other pages. A missing text is the empty text, too.
//
// Comparisons are
//
//	column = value                also != < <= > >=, and with another column of the same kind
//	column in (value, ...)        one of these
//	column is null                the page has no such value
//	column contains "text"        with letters as they are; also startswith, endswith
//	column like "http%/a_"        % is anything, _ one character, \ takes their meaning away; ASCII letters of either case
//	column matches "^/[0-9]+$"    a regular expression of package regexp, which need not match the whole
//	column                        alone, if it is boolean
//
// and in, is, contains, like and their kin may follow a not. Comparisons are joined by not, and, or, which bind in this order, and
// parentheses. Words may have upper-case letters. Texts stand in quotes of either kind; a quote is doubled within. A size may be
// 64K, 10M or 1G. A time is a text: "2026-01-02", "2026-01-02 15:04", or RFC 3339; it is UTC unless it says otherwise.
// A column of a list stands for the number of its elements.
type Where struct {
	text string
	sql  string
	args []any
}

// ParseWhere reads a condition; none, which is true of all pages, if it is blank. Its errors are [*WhereError].
//
// The condition becomes SQL of which every byte is amble's own: columns come from a list, and values are parameters.
func ParseWhere(where string) (*Where, error) {
	if strings.TrimSpace(where) == "" {
		return &Where{}, nil
	}
	if len(where) > maxWhere {
		return nil, &WhereError{where, maxWhere, fmt.Sprintf("a condition has no more than %d bytes", maxWhere)}
	}
	tokens, wrong := lex(where)
	p := parser{where: where, tokens: tokens}
	sql, err := p.either()
	if err == nil && p.peek().kind != tokenEnd {
		err = p.fault(p.peek(), "here and, or, or the end is due")
	}
	if e := (*WhereError)(nil); wrong != nil && (!errors.As(err, &e) || e.Offset >= wrong.Offset) {
		return nil, wrong // of two mistakes the first is told
	}
	if err != nil {
		return nil, err
	}
	return &Where{where, sql, p.args}, nil
}

// String is the condition as it was written.
func (w *Where) String() string { return w.text }

// and is the selection of the pages for which a condition of amble's own is true, too.
func (w *Where) and(own string, brief bool) crawlfile.Selection {
	s := crawlfile.Selection{Where: w.sql, Args: w.args, Brief: brief}
	if own != "" {
		s.Where = own
		if w.sql != "" {
			s.Where += " AND (" + w.sql + ")"
		}
	}
	return s
}

// parser makes SQL of a condition. Every piece of SQL that its methods return is 0 or 1, never NULL.
type parser struct {
	where       string
	tokens      []token
	args        []any
	nesting     int
	comparisons int
	values      int
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) take() token {
	t := p.tokens[0]
	if t.kind != tokenEnd {
		p.tokens = p.tokens[1:]
	}
	return t
}

// accept takes the next token if it is that word or sign.
func (p *parser) accept(text string) bool {
	t := p.peek()
	if (t.kind != tokenWord && t.kind != tokenSign) || !strings.EqualFold(t.text, text) {
		return false
	}
	p.take()
	return true
}

func (p *parser) fault(at token, format string, args ...any) error {
	return &WhereError{p.where, at.at, fmt.Sprintf(format, args...)}
}

func (p *parser) either() (string, error) { return p.chain("or", p.both) }
func (p *parser) both() (string, error)   { return p.chain("and", p.negated) }

// chain is what one returns, joined by a word.
func (p *parser) chain(word string, one func() (string, error)) (string, error) {
	var all []string
	for {
		sql, err := one()
		if err != nil {
			return "", err
		}
		if all = append(all, sql); !p.accept(word) {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return "(" + strings.Join(all, " "+strings.ToUpper(word)+" ") + ")", nil
}

func (p *parser) negated() (string, error) {
	start := p.peek()
	not := false
	for p.accept("not") {
		not = !not
	}
	var sql string
	var err error
	if p.accept("(") {
		if p.nesting++; p.nesting > maxNesting {
			return "", p.fault(start, "parentheses are nested more than %d deep", maxNesting)
		}
		if sql, err = p.either(); err == nil && !p.accept(")") {
			err = p.fault(p.peek(), "here and, or, or a closing parenthesis is due")
		}
		p.nesting--
	} else {
		sql, err = p.comparison()
	}
	return negate(sql, not), err
}

func negate(sql string, not bool) string {
	if not {
		return "(NOT " + sql + ")"
	}
	return sql
}

func (p *parser) comparison() (string, error) {
	name := p.take()
	if name.kind != tokenWord {
		return "", p.fault(name, "here the name of a column is due, as in: status >= 400")
	}
	c, err := column(name.text)
	if err != nil {
		return "", p.fault(name, "%v", err)
	}
	if p.comparisons++; p.comparisons > maxComparisons {
		return "", p.fault(name, "a condition has no more than %d comparisons", maxComparisons)
	}
	op := p.peek()
	if op.kind == tokenSign && strings.ContainsAny(op.text, "=<>") {
		p.take()
		return p.compare(c, op)
	}
	if p.accept("is") {
		return p.missing(c)
	}
	not := p.accept("not")
	op = p.peek()
	switch word := strings.ToLower(op.text); {
	case op.kind != tokenWord:
	case word == "in":
		p.take()
		sql, err := p.list(c)
		return negate(sql, not), err
	case patterns[word] != nil:
		p.take()
		sql, err := p.pattern(c, op, patterns[word])
		return negate(sql, not), err
	}
	if c.Kind == KindBoolean && !not {
		return "coalesce(" + c.sql + ", 0)", nil
	}
	return "", p.fault(op, "here a comparison of %s is due: %s", c.Name, comparisons(c.Kind))
}

// comparisons are those that columns of a kind have.
func comparisons(k Kind) string {
	switch k {
	case KindText:
		return "= != < <= > >= in contains startswith endswith like matches, or is null"
	case KindBoolean:
		return "none, = true, or = false"
	}
	return "= != < <= > >= in, or is null"
}

// compare is a comparison by a sign. Of two missing values neither = nor < is true.
func (p *parser) compare(c *Column, op token) (string, error) {
	sign := map[string]string{"==": "=", "<>": "!="}[op.text]
	if sign == "" {
		sign = op.text
	}
	if c.Kind == KindBoolean && sign != "=" && sign != "!=" {
		return "", p.fault(op, "%s is boolean: its comparisons are %s", c.Name, comparisons(c.Kind))
	}
	right, err := p.operand(c)
	if err != nil {
		return "", err
	}
	left := c.sql
	if right.empty || c.Kind == KindBoolean {
		left = "coalesce(" + left + ", " + map[Kind]string{KindText: "''", KindBoolean: "0"}[c.Kind] + ")"
	}
	if sign == "!=" {
		return "(NOT coalesce(" + left + " = " + right.sql + ", 0))", nil
	}
	return "coalesce(" + left + " " + sign + " " + right.sql + ", 0)", nil
}

// operand is what stands on the right of a sign.
type operand struct {
	sql   string
	empty bool // it is the empty text, and so a missing one
}

func (p *parser) operand(c *Column) (operand, error) {
	t := p.peek()
	if t.kind == tokenWord && !keyword(t.text) {
		other, err := column(t.text)
		switch {
		case err == nil:
			return p.twoColumns(c, other)
		case c.Kind == KindText:
			return operand{}, p.fault(t, "%s is no column, and a text stands in quotes", t.text)
		case nearest(t.text) != "":
			return operand{}, p.fault(t, "%v", err)
		}
	}
	v, err := p.value(c)
	if err != nil {
		return operand{}, err
	}
	p.args = append(p.args, v)
	return operand{"?", v == ""}, nil
}

// twoColumns is the operand of a comparison with another column.
func (p *parser) twoColumns(c, other *Column) (operand, error) {
	if other.Kind != c.Kind && !(numeric(other.Kind) && numeric(c.Kind)) {
		return operand{}, p.fault(p.peek(), "%s is %s, %s is %s: they cannot be compared", other.Name, article(other.Kind), c.Name, article(c.Kind))
	}
	p.take()
	if c.Kind == KindBoolean {
		return operand{sql: "coalesce(" + other.sql + ", 0)"}, nil
	}
	return operand{sql: other.sql}, nil
}

func keyword(word string) bool {
	switch strings.ToLower(word) {
	case "true", "false", "null", "and", "or", "not", "in", "is":
		return true
	}
	return false
}

func numeric(k Kind) bool { return k == KindInteger || k == KindNumber || k == KindList }

func article(k Kind) string {
	switch k {
	case KindInteger:
		return "an integer"
	case KindBoolean:
		return "boolean"
	case KindText:
		return "text"
	}
	return "a " + string(k)
}

// missing is what follows an is.
func (p *parser) missing(c *Column) (string, error) {
	not := p.accept("not")
	if !p.accept("null") {
		return "", p.fault(p.peek(), "here null is due, as in: %s is null", c.Name)
	}
	switch c.Kind {
	case KindText:
		return negate("(coalesce("+c.sql+", '') = '')", not), nil
	case KindList:
		return negate("("+c.sql+" = 0)", not), nil
	}
	return negate("("+c.sql+" IS NULL)", not), nil
}

// list is what follows an in.
func (p *parser) list(c *Column) (string, error) {
	if !p.accept("(") {
		return "", p.fault(p.peek(), "here a list is due, as in: status in (301, 302)")
	}
	left := c.sql
	n := len(p.args)
	for {
		t := p.peek()
		v, err := p.value(c)
		if err != nil {
			return "", err
		}
		if p.values++; p.values > maxValues {
			return "", p.fault(t, "lists have no more than %d values together", maxValues)
		}
		if v == "" {
			left = "coalesce(" + c.sql + ", '')"
		}
		p.args = append(p.args, v)
		if p.accept(")") {
			break
		}
		if !p.accept(",") {
			return "", p.fault(p.peek(), "here a comma or a closing parenthesis is due")
		}
	}
	if c.Kind == KindBoolean {
		left = "coalesce(" + c.sql + ", 0)"
	}
	return "coalesce(" + left + " IN (?" + strings.Repeat(",?", len(p.args)-n-1) + "), 0)", nil
}

// patterns are the comparisons of text by a word: SQL of the column's SQL, which is not NULL, and one parameter.
var patterns = map[string]func(column string) string{
	"contains":   func(c string) string { return "instr(" + c + ", ?) > 0" },
	"startswith": func(c string) string { return "substr(" + c + ", 1, length(?1)) = ?1" },
	"endswith":   func(c string) string { return "substr(" + c + ", -length(?1)) = ?1" },
	"like":       func(c string) string { return c + ` LIKE ? ESCAPE '\'` },
	"matches":    func(c string) string { return c + " REGEXP ?" },
}

func (p *parser) pattern(c *Column, op token, sql func(string) string) (string, error) {
	if c.Kind != KindText {
		return "", p.fault(op, "%s is %s: its comparisons are %s", c.Name, article(c.Kind), comparisons(c.Kind))
	}
	t := p.peek()
	v, err := p.value(c)
	if err != nil {
		return "", err
	}
	switch word := strings.ToLower(op.text); {
	case word == "matches":
		if _, err := regexp.Compile(v.(string)); err != nil {
			return "", p.fault(t, "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	case word == "like" && len(v.(string)) > maxLike:
		return "", p.fault(t, "a pattern of like has no more than %d bytes", maxLike)
	case word != "like" && v == "":
		return "", p.fault(t, "every text %s the empty one", word)
	}
	s := sql("coalesce(" + c.sql + ", '')")
	for range strings.Count(strings.ReplaceAll(s, "?1", "?"), "?") {
		p.args = append(p.args, v)
	}
	return "(" + strings.ReplaceAll(s, "?1", "?") + ")", nil
}

// value is a value that a column can have, as SQLite takes it.
func (p *parser) value(c *Column) (any, error) {
	t := p.peek()
	if t.kind == tokenEnd || t.kind == tokenSign {
		return nil, p.fault(t, "here a value is due: %s", written(c.Kind))
	}
	if t.kind == tokenWord && strings.EqualFold(t.text, "null") {
		return nil, p.fault(t, "nothing equals null: write %s is null", c.Name)
	}
	var v any
	ok := false
	switch c.Kind {
	case KindText:
		v, ok = t.text, t.kind == tokenText
	case KindBoolean:
		yes := strings.EqualFold(t.text, "true")
		v, ok = yes, t.kind == tokenWord && (yes || strings.EqualFold(t.text, "false"))
	case KindTime:
		if t.kind == tokenText {
			v, ok = moment(t.text)
		}
	default:
		if t.kind == tokenNumber {
			v, ok = number(t.text)
		}
	}
	if !ok {
		return nil, p.fault(t, "%s is %s: write %s", c.Name, article(c.Kind), written(c.Kind))
	}
	p.take()
	return v, nil
}

// written says how values of a kind are written.
func written(k Kind) string {
	switch k {
	case KindText:
		return `a text in quotes, such as "text/html"`
	case KindBoolean:
		return "true or false"
	case KindTime:
		return `a time in quotes, such as "2026-01-02" or "2026-01-02 15:04"`
	}
	return "a number, such as 404 or 10M"
}

// number reads an integer, a decimal or a size.
func number(s string) (any, bool) {
	unit := int64(1)
	switch s[len(s)-1] | 0x20 {
	case 'k':
		unit = 1 << 10
	case 'm':
		unit = 1 << 20
	case 'g':
		unit = 1 << 30
	}
	if unit > 1 {
		s = s[:len(s)-1]
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n*unit/unit == n {
		return n * unit, true
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r >= 'A' }) {
		return nil, false // hexadecimal, infinity and the like
	}
	f, err := strconv.ParseFloat(s, 64)
	return f * float64(unit), err == nil
}

// moment reads a time, and writes it as the crawl file does: the order of the texts is that of the times.
func moment(s string) (any, bool) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC().Format(timeForm), true
		}
	}
	return nil, false
}
