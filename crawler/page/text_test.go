package page

import "testing"

func TestOneLineIsHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		"as it is: é \U0001F980 \"<>": "as it is: é \U0001F980 \"<>",
		"a\r\nb\tc\u2028d\u0085e":     "a  b c d e",
		"\x1b[31mred\x1b[0m\x07":      "[31mred[0m",
		"\u009b1m\x7f\x00":            "1m",
		"a\u202egpj.exe\u2066":        "agpj.exe",
		"\xffx":                       "\uFFFDx",
	} {
		if got := OneLine(in); got != want {
			t.Errorf("OneLine(%q) = %q, want %q", in, got, want)
		}
	}
}
