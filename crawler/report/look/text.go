package look

import (
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// longest is how many characters of a foreign text are shown.
const longest = 240

// Clean makes a foreign text one line that can be shown: control characters, and those that are invisible or change the direction of text, become
// their names, as in ‹U+202E›; what is longer than 240 characters is cut, with an ellipsis. It does not escape HTML: templates do.
func Clean(s string) string { return clean(s, longest) }

// Line is Clean for texts that are no web pages: nothing is cut.
func Line(s string) string { return clean(s, len(s)) }

func clean(s string, most int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > most {
			b.WriteString("…")
			break
		}
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			b.WriteByte(' ')
		case r == utf8.RuneError:
			b.WriteRune('\uFFFD')
		case !visible(r):
			fmt.Fprintf(&b, "‹U+%04X›", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// visible tells characters that show what they are. Joiners are left alone between letters: whole scripts are written with them.
func visible(r rune) bool {
	if r == '\u200C' || r == '\u200D' || r == ' ' {
		return true
	}
	return unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) && r != '\u3164' && r != '\uFFA0' && r != '\u115F' && r != '\u1160' && r != '\u2800'
}

// Link is the URL as something to follow, if it is an http or https URL with a host, and empty if not.
func Link(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

// Count is a number with its thousands set apart by commas.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Bytes is a size for a person: "512 B", "1.5 KiB".
func Bytes(n int64) string {
	if n < 1024 {
		return Count(n) + " B"
	}
	f, unit := float64(n)/1024, 0
	for f >= 1023.95 && unit < 3 {
		f, unit = f/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", f, "KMGT"[unit])
}

// Duration is a time for a person, to three digits or so: "0.8 ms", "1.25 s", "4 min 10 s".
func Duration(d time.Duration) string {
	s := d.Seconds()
	switch {
	case d <= 0:
		return "0 ms"
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", s*1000)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", s*1000)
	case d < 100*time.Second:
		return strconv.FormatFloat(float64(int64(s*100+0.5))/100, 'f', -1, 64) + " s"
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(s)/60, int(s)%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(s)/3600, int(s)/60%60)
	}
	return fmt.Sprintf("%d days %d h", int(s)/86400, int(s)/3600%24)
}

// New is a template that knows the functions clean, link, count, bytes and duration (those of this package), and the templates
// "table", "bars", "tiles" and "cell". It panics on a mistake in text.
func New(name, text string) *template.Template {
	return template.Must(template.Must(blocks().Clone()).New(name).Parse(text))
}

var functions = template.FuncMap{
	"clean": Clean,
	"link":  Link,
	"count": func(n any) (string, error) {
		switch n := n.(type) {
		case int:
			return Count(int64(n)), nil
		case int64:
			return Count(n), nil
		}
		return "", fmt.Errorf("count: %T is no whole number", n)
	},
	"bytes":    Bytes,
	"duration": Duration,
}
