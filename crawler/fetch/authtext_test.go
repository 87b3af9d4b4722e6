package fetch

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// authErrors is every error that ParseAuth may give: constants, so that none can quote its argument.
var authErrors = []error{
	errAuthForm, errAuthOrigin, errAuthScheme, errAuthMixed, errAuthEmpty, errAuthLong, errAuthColon, errAuthControl, errAuthToken,
}

func TestParseAuth(t *testing.T) {
	for s, want := range map[string]Auth{
		"basic user:pass":                            {Scheme: AuthBasic, User: "user", Password: "pass"},
		"Basic  user:a:b c ":                         {Scheme: AuthBasic, User: "user", Password: "a:b c "},
		"basic :pass":                                {Scheme: AuthBasic, Password: "pass"},
		"basic user:":                                {Scheme: AuthBasic, User: "user"},
		"basic u:https://x.test":                     {Scheme: AuthBasic, User: "u", Password: "https://x.test"},
		"\tBEARER abc== ":                            {Scheme: AuthBearer, Token: "abc=="},
		"https://Example.com:443/ basic ü:ß":         {Origin: "https://example.com", Scheme: AuthBasic, User: "ü", Password: "ß"},
		"http://bücher.example:8080 \t bearer a.b.c": {Origin: "http://xn--bcher-kva.example:8080", Scheme: AuthBearer, Token: "a.b.c"},
	} {
		if got, err := ParseAuth(s); err != nil || got != want {
			t.Errorf("%q: %v, %+v", s, err, [...]string{got.Origin, string(got.Scheme), got.User, got.Password, got.Token})
		}
	}
	for s, want := range map[string]error{
		"":                              errAuthForm,
		"user:s3cr3t":                   errAuthForm,
		"s3cr3t":                        errAuthForm,
		"digest user:s3cr3t":            errAuthForm,
		"basic s3cr3t":                  errAuthForm,
		"basic":                         errAuthForm,
		"basic :":                       errAuthEmpty,
		"bearer":                        errAuthEmpty,
		"bearer s3cr3t s3cr3t":          errAuthToken,
		"bearer s3cr3t\n":               errAuthToken,
		"basic user:s3cr3t\r":           errAuthControl,
		"example.com basic user:s3cr3t": errAuthForm,
		"https://s3cr3t@a.test basic user:s3cr3t": errAuthOrigin,
		"https://a.test/s3cr3t basic user:s3cr3t": errAuthOrigin,
		"https://a.test": errAuthForm,
		"https://a.test https://b.test basic u:x":    errAuthForm,
		"bearer " + strings.Repeat("s3cr3t", 1<<12):  errAuthLong,
		"basic user:" + strings.Repeat("x", 1<<14+1): errAuthLong,
	} {
		if got, err := ParseAuth(s); err != want || got != (Auth{}) {
			t.Errorf("%.40q: %v, want %v", s, err, want)
		}
	}
}

func TestReadAuth(t *testing.T) {
	got, err := ReadAuth(strings.NewReader("\ufeff# a comment\r\n\r\nbasic u:p#1\r\n  # more\n https://a.test bearer t"))
	want := []Auth{{Scheme: AuthBasic, User: "u", Password: "p#1"}, {Origin: "https://a.test", Scheme: AuthBearer, Token: "t"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%d read, %v", len(got), err)
	}
	for text, want := range map[string]string{
		"# x\nbasic " + secret:                               "line 2: " + errAuthForm.Error(),
		"basic u:" + strings.Repeat(secret, 1<<14):           "line 1: longer than 64 KiB",
		strings.Repeat(strings.Repeat("#", 1<<15)+"\n", 600): "the file is longer than 16 MiB",
	} {
		if got, err := ReadAuth(strings.NewReader(text)); got != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	broken := errors.New("disk on fire")
	if _, err := ReadAuth(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// What is read is bound to an origin that reads the same again, makes a sound header, and shows nothing of itself. What
// is not read is refused in words that were there before.
func FuzzParseAuth(f *testing.F) {
	for _, s := range []string{"basic a:b", "bearer a==", "https://a.test basic a:b", "HTTP://[::1]:80/ bearer x", "https://a@b.test basic a:b", "https:a#://b bearer x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAuth(s)
		if err != nil {
			if !slices.Contains(authErrors, err) {
				t.Fatalf("not one of the fixed texts: %v", err)
			}
			return
		}
		if again, err := canonicalOrigin(a.Origin); err != nil || again != a.Origin {
			t.Fatalf("origin %q reads as %q: %v", a.Origin, again, err)
		}
		if a.Origin != "" && parse(t, a.Origin+"/x").Origin() != a.Origin {
			t.Fatalf("origin %q is none", a.Origin)
		}
		if err := a.check(); err != nil || hasControl(a.header()) {
			t.Fatalf("read and then refused: %v", err)
		}
		hidden := a
		hidden.User, hidden.Password, hidden.Token = "", "", ""
		if a.String() != hidden.String() {
			t.Fatal("String depends on the secret")
		}
	})
}
