package mirror

import "strings"

// sheetEdits goes through a style sheet (CSS Syntax, level 3) and gives each URL in it to change, which returns what is to stand for it. What
// is not told as changed stays byte for byte. URLs are in url(), behind @import, and in image-set().
func sheetEdits(css string, change func(url string) (string, bool)) string {
	s := sheet{css: css, change: change}
	s.run()
	if s.kept == 0 {
		return css
	}
	return s.out.String() + css[s.kept:]
}

type sheet struct {
	css    string
	change func(string) (string, bool)
	out    strings.Builder
	kept   int  // up to there css has been dealt with
	rule   bool // the next string is the URL of an @import
	sets   int  // open parentheses since an image-set(; 0 for none
}

func (s *sheet) run() {
	css := s.css
	for i := 0; i < len(css); {
		switch c := css[i]; {
		case strings.HasPrefix(css[i:], "/*"):
			end := strings.Index(css[i+2:], "*/")
			if end < 0 {
				return
			}
			i += 2 + end + 2
		case c == '"', c == '\'':
			end, said, whole := cssString(css, i)
			if whole && (s.rule || s.sets == 1) {
				s.replace(i, end, said, false)
			}
			s.rule, i = false, end
		case c == '@':
			n := nameLength(css[i+1:])
			name := strings.ToLower(css[i+1 : i+1+n])
			i += 1 + n
			s.rule = name == "import"
			if name == "namespace" { // its URL is a name, and is not fetched
				if end := strings.IndexByte(css[i:], ';'); end >= 0 {
					i += end
				} else {
					return
				}
			}
		case c == '(' && s.sets > 0:
			s.sets++
			i++
		case c == ')' && s.sets > 0:
			s.sets--
			i++
		case c == ';', c == '{', c == '}':
			s.rule, s.sets = false, 0
			i++
		case isNameByte(c):
			i = s.name(i)
		default:
			i++
		}
	}
}

// name goes on behind an identifier or a function.
func (s *sheet) name(i int) int {
	css := s.css
	n := nameLength(css[i:])
	end := i + n
	if end == len(css) || css[end] != '(' {
		return end
	}
	switch name := strings.ToLower(unescapeCSS(css[i:end])); name {
	case "url", "src":
		return s.url(i, end+1)
	case "image-set", "-webkit-image-set":
		if s.sets == 0 {
			s.sets = 1
			return end + 1
		}
	}
	return end
}

// url takes the function that begins at start and whose arguments do at p.
func (s *sheet) url(start, p int) int {
	css := s.css
	for p < len(css) && isCSSSpace(css[p]) {
		p++
	}
	if p == len(css) {
		return p
	}
	if c := css[p]; c == '"' || c == '\'' {
		end, said, whole := cssString(css, p)
		if whole {
			s.replace(p, end, said, false)
		}
		s.rule = false
		if s.sets > 0 {
			s.sets++ // its own parenthesis
		}
		return end
	}
	i := p
	for i < len(css) && css[i] != ')' {
		if css[i] == '\\' {
			i++
		}
		i++
	}
	if i >= len(css) {
		return len(css)
	}
	raw := strings.TrimRight(css[p:i], " \t\n\r\f")
	if !strings.ContainsAny(raw, "\"'( \t\n\r\f") { // else it is no URL
		s.replace(start, i+1, unescapeCSS(raw), true)
	}
	s.rule = false
	return i + 1
}

// replace puts what is to stand for a URL between two places.
func (s *sheet) replace(from, to int, said string, function bool) {
	now, ok := s.change(said)
	if !ok {
		return
	}
	s.out.WriteString(s.css[s.kept:from])
	if function {
		s.out.WriteString("url(")
	}
	s.out.WriteString(quoteCSS(now))
	if function {
		s.out.WriteByte(')')
	}
	s.kept = to
}

// cssString is where the string ends that begins at i, and what it says; whole is false for one that ends with its line, or the sheet.
func cssString(css string, i int) (end int, said string, whole bool) {
	quote := css[i]
	for p := i + 1; p < len(css); p++ {
		switch c := css[p]; {
		case c == quote:
			return p + 1, unescapeCSS(css[i+1 : p]), true
		case c == '\n', c == '\r', c == '\f':
			return p, "", false
		case c == '\\':
			p++
		}
	}
	return len(css), "", false
}

// unescapeCSS undoes escapes (section 4.3.7); a line that is continued is one.
func unescapeCSS(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		if i == len(s) {
			break
		}
		if s[i] == '\n' || s[i] == '\f' || s[i] == '\r' {
			if s[i] == '\r' && i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			continue
		}
		r, n := rune(0), 0
		for ; n < 6 && i+n < len(s); n++ {
			d := strings.IndexByte("0123456789abcdef", s[i+n]|0x20)
			if d < 0 || s[i+n] < '0' {
				break
			}
			r = r<<4 | rune(d)
		}
		if n == 0 {
			b.WriteByte(s[i])
			continue
		}
		if i += n - 1; i+1 < len(s) && isCSSSpace(s[i+1]) {
			i++
		}
		if r == 0 {
			r = '\uFFFD'
		}
		b.WriteRune(r) // which writes U+FFFD for what is no character
	}
	return b.String()
}

// quoteCSS is s as a string that also may stand in a style element, or a CDATA section.
func quoteCSS(s string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\', c == '<', c == '>', c == 0x7f:
			b.Write([]byte{'\\', hex[c>>4], hex[c&15], ' '})
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func isCSSSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

func isNameByte(c byte) bool {
	return (c|0x20)-'a' < 26 || c-'0' < 10 || c == '-' || c == '_' || c == '\\' || c >= 0x80
}

// nameLength is the length of the identifier that s begins with.
func nameLength(s string) int {
	i := 0
	for i < len(s) && isNameByte(s[i]) {
		if s[i] == '\\' {
			i++
		}
		i++
	}
	return min(i, len(s))
}
