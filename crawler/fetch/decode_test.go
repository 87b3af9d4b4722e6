package fetch

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/htmlindex"
)

// labels are all that the WHATWG Encoding standard has (section 4.2), by the name of the encoding.
var labels = map[string]string{
	"utf-8":      "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
	"ibm866":     "866 cp866 csibm866 ibm866",
	"iso-8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
	"iso-8859-3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
	"iso-8859-4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
	"iso-8859-5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
	"iso-8859-6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i " +
		"iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
	"iso-8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 " +
		"iso_8859-7:1987 sun_eu_greek",
	"iso-8859-8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 " +
		"iso_8859-8:1988 visual",
	"iso-8859-8-i": "csiso88598i iso-8859-8-i logical",
	"iso-8859-10":  "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
	"iso-8859-13":  "iso-8859-13 iso8859-13 iso885913",
	"iso-8859-14":  "iso-8859-14 iso8859-14 iso885914",
	"iso-8859-15":  "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
	"iso-8859-16":  "iso-8859-16",
	"koi8-r":       "cskoi8r koi koi8 koi8-r koi8_r",
	"koi8-u":       "koi8-ru koi8-u",
	"macintosh":    "csmacintosh mac macintosh x-mac-roman",
	"windows-874":  "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
	"windows-1250": "cp1250 windows-1250 x-cp1250",
	"windows-1251": "cp1251 windows-1251 x-cp1251",
	"windows-1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 " +
		"iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
	"windows-1253": "cp1253 windows-1253 x-cp1253",
	"windows-1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 " +
		"x-cp1254",
	"windows-1255":   "cp1255 windows-1255 x-cp1255",
	"windows-1256":   "cp1256 windows-1256 x-cp1256",
	"windows-1257":   "cp1257 windows-1257 x-cp1257",
	"windows-1258":   "cp1258 windows-1258 x-cp1258",
	"x-mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
	"gbk":            "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk",
	"gb18030":        "gb18030",
	"big5":           "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
	"euc-jp":         "cseucpkdfmtjapanese euc-jp x-euc-jp",
	"iso-2022-jp":    "csiso2022jp iso-2022-jp",
	"shift_jis":      "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
	"euc-kr":         "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949",
	"replacement":    "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement",
	"utf-16be":       "unicodefffe utf-16be",
	"utf-16le":       "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
	"x-user-defined": "x-user-defined",
}

func TestEveryLabelOfTheStandardIsKnown(t *testing.T) {
	n := 0
	for want, all := range labels {
		for label := range strings.FieldsSeq(all) {
			n++
			for _, l := range []string{label, strings.ToUpper(label), "\n\t " + label + "\f\r "} {
				if got, enc := lookup(l); got != want || enc == nil {
					t.Errorf("%q: %q, want %q", l, got, want)
				}
			}
		}
	}
	if len(labels) != 40 || n != 228 {
		t.Errorf("%d encodings with %d labels, want 40 with 228", len(labels), n)
	}
}

func TestOtherLabelsAreUnknown(t *testing.T) {
	for _, label := range []string{
		"", "utf-7", "unicode-1-1-utf-7", "utf-32", "utf-32le", "utf-32be", "ucs-4", "cesu-8", "bocu-1", "scsu", "ebcdic-us", "x-euc-tw",
		"utf-8\x00", "\vutf-8", "\u00a0utf-8", "utf -8", "\u212aoi8-r", "ko\u0130", strings.Repeat("utf-8", 1000),
	} {
		if name, enc := lookup(label); name != "" || enc != nil {
			t.Errorf("%q is taken for %s", label, name)
		}
	}
}

// TestDecodingByTheStandard has chosen bytes and what the standard's decoders make of them, foremost where they are broken.
func TestDecodingByTheStandard(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"utf-8", "a\xC0\x80b\xE0\x80\x80\xED\xA0\x80", "a\uFFFD\uFFFDb\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
		{"utf-8", "\xF0\x9F\x92<\xF4\x90\x80\x80\xE2\x82", "\uFFFD<\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
		{"windows-1252", "\x80\x81\x8D\x9F\xFF", "€\u0081\u008DŸÿ"},
		{"windows-1253", "\xAA\xD2\xFF\xA2", "\uFFFD\uFFFD\uFFFDΆ"},
		{"windows-874", "\x80\x81\xDB\xFC\xE0", "€\u0081\uFFFD\uFFFDเ"},
		{"iso-8859-2", "\x80\x9F\xB1", "\u0080\u009Fą"},
		{"iso-8859-8-i", "\xE0\xA1", "א\uFFFD"},
		{"macintosh", "\xCA\xDB\xF0", "\u00A0€\uF8FF"},
		{"koi8-u", "\xAE\xBE", "ўЎ"},
		{"x-user-defined", "a\x80\xFF", "a\uF780\uF7FF"},
		{"shift_jis", "\x82\x81\x81<\x80\xA0\xFD\xB1\xF0\x40\x81", "ａ\uFFFD<\u0080\uFFFD\uFFFDｱ\uE000\uFFFD"},
		{"gbk", "\x80\x81<\xFF\xA1\x40\xC4\xE3", "€\uFFFD<\uFFFD\uE4C6你"},
		{"gb18030", "\x81\x30\x81\x30\x90\x30\x81\x30\x81\x35\xF4\x37\xE3\x32\x9A\x35\xE3\x32\x9A\x36", "\u0080\U00010000\uE7C7\U0010FFFF\uFFFD"},
		{"gb18030", "\x81\x30<\x81\x30\x81<\x84\x31\xA5\x30\x81\x30\x81", "\uFFFD0<\uFFFD0\uFFFD<\uFFFD\uFFFD"},
		{"big5", "\x88\x62\x88\xA5\x81\x41\x81\x81\xA7\x41\x87<", "\u00CA\u0304\u00EA\u030C\uFFFDA\uFFFD你\uFFFD<"},
		{"euc-kr", "\xB0\xA1\x81\x41\x81<\xFE\xFF\xC8", "가갂\uFFFD<\uFFFD\uFFFD"},
		{"euc-jp", "\xA4\xA2\x8E\xB1\x8F\xB0\xA1\x8F\xA1<\x8E<\x8F", "あｱ丂\uFFFD<\uFFFD<\uFFFD"},
		{"iso-2022-jp", "a\x1B$B$\"\x1B(J\\~\x1B(I1\x1B(Bb", "aあ¥‾ｱb"},
		{"iso-2022-jp", "\x1B$B\x1B(B<\x0E\x1B$(D\x80\x1B$B$", "\uFFFD<\uFFFD\uFFFD$(D\uFFFD\uFFFD"},
		{"utf-16le", "a\x00\x3D\xD8\x00\xDE\x00\xDCb\x00\x00\xD8\x00", "a😀\uFFFDb\uFFFD"},
		{"utf-16be", "\xD8\x3D\x00a\x00", "\uFFFDa\uFFFD"},
		{"replacement", "<script>", "\uFFFD"},
		{"replacement", "", ""},
	} {
		_, enc := lookup(test.name)
		if got := string(appendText(nil, []byte(test.in), test.name, enc)); got != test.want {
			t.Errorf("%s %q:\n got %+q\nwant %+q", test.name, test.in, got, test.want)
		}
	}
}

// TestBrokenLeadByteHidesNoMarkup: whatever stands before it, "<" is read as such where the standard's decoders do.
func TestBrokenLeadByteHidesNoMarkup(t *testing.T) {
	for _, name := range []string{"shift_jis", "gbk", "gb18030", "big5", "euc-kr", "euc-jp", "utf-8", "windows-1252"} {
		_, enc := lookup(name)
		for b := 0x80; b <= 0xFF; b++ {
			if got := string(appendText(nil, []byte{byte(b), '<', 'a', '>'}, name, enc)); !strings.HasSuffix(got, "<a>") {
				t.Errorf("%s %#x: %q", name, b, got)
			}
		}
	}
}

// TestWhatIsWrittenIsRead holds the decoders to x/text's encoders, which are other code.
func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, s := range sampleTexts(t) {
		names := writtenIn[s.lang]
		if names == "" {
			names = "windows-1252"
		}
		for name := range strings.FieldsSeq(names) {
			e, err := htmlindex.Get(name)
			if err != nil {
				t.Fatal(err)
			}
			want := spell(s.text, name)
			in, err := e.NewEncoder().String(want)
			if err != nil {
				t.Fatal(s.lang, name, err)
			}
			if got := string(appendText(nil, []byte(in), name, e)); got != want {
				t.Errorf("%s in %s: %.80q", s.lang, name, got)
			}
		}
	}
}

// FuzzDecoders holds the decoders to those of x/net, which agree wherever neither finds anything broken.
func FuzzDecoders(f *testing.F) {
	for _, s := range []string{"a\xA4\xA2\x8F\xB0\xA1", "\x81\x30\x81\x30\x90\x30\x81\x30", "\x1B$B$\"\x1B(B<", "\x88\x62\xA7\x41", "\x00\xD8\x00\xDC", "\xFE\x90\xA6\xD9"} {
		for name := range labels {
			f.Add([]byte(s), name)
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, label string) {
		name, enc := lookup(label)
		if enc == nil || name == "replacement" || bytes.HasPrefix(in, bom) {
			return
		}
		got := appendText(nil, in, name, enc)
		if !utf8.Valid(got) || len(got) > 3*len(in)+3 {
			t.Fatalf("%s: %d bytes from %d, valid: %v", name, len(got), len(in), utf8.Valid(got))
		}
		if strings.HasPrefix(name, "utf-16") && len(in) >= 2 && (in[0] >= 0xFE || in[1] >= 0xFE) {
			return // a mark is not the decoder's here
		}
		r, err := charset.NewReaderLabel(name, bytes.NewReader(in))
		if err != nil {
			t.Fatal(name, err)
		}
		want, err := io.ReadAll(r)
		broken := []byte("\uFFFD")
		switch {
		case err != nil || bytes.Contains(got, broken) || bytes.Contains(want, broken):
		case bytes.ContainsRune(got, 0xE7C7): // U+1E3F in x/text, in the place it had before 2005
		case !bytes.Equal(got, want):
			t.Errorf("%s %q:\n got %+q\nwant %+q", name, in, got, want)
		}
	})
}
