package crawlertest

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const head = "Proves a thing.\nseed: http://a.test/\n"

func TestAMalformedSiteIsAnErrorWithItsLine(t *testing.T) {
	for _, c := range []struct {
		name, archive string
		line          int
		text          string
	}{
		{"empty", "", 1, "first line must say"},
		{"no sentence", "seed: http://a.test/\n-- a.test/index.html --\n", 1, "first line must say"},
		{"no seed", "Proves.\n-- a.test/index.html --\n", 1, "no seed"},
		{"seed with port", "Proves.\nseed: http://a.test:80/\n", 2, "without port"},
		{"seed outside .test", "Proves.\n\nseed: http://example.com/\n", 3, "HOST.test"},
		{"seed twice", head + "seed: http://a.test/\n", 3, "each once"},
		{"seed without host", head + "args: --rate 0\nseed: http://b.test/\n-- a.test/x --\n", 4, "without files"},
		{"unknown key", "Proves.\nseeds: http://a.test/\n", 2, "neither seed:"},
		{"name without path", head + "-- a.test --\n", 3, "want HOST/PATH"},
		{"host outside .test", head + "-- a.org/x --\n", 3, "does not end in .test"},
		{"host with port", head + "-- a.test:80/x --\n", 3, "does not end in .test"},
		{"host in capitals", head + "-- A.test/x --\n", 3, "small letters"},
		{"file twice", head + "-- a.test/x --\none\ntwo\n-- a.test/x --\n", 6, "is here twice"},
		{"directory twice", head + "-- a.test/x/ --\n-- a.test/x/index.html --\n", 4, "is here twice"},
		{"pattern twice", head + "-- a.test/x/* --\n-- a.test/x/* --\n", 4, "is here twice"},
		{"unknown directive", head + "-- a.test/x --\n!status 200\n!sleep 3s\n", 5, "unknown directive !sleep"},
		{"directive twice", head + "-- a.test/x --\n!status 200\n!status 404\n", 5, "!status is here twice"},
		{"status", head + "-- a.test/x --\n!status 99\n", 4, "from 200 to 599"},
		{"redirect", head + "-- a.test/x --\n!redirect 200 /y\n", 4, "3xx and a target"},
		{"redirect without target", head + "-- a.test/x --\n!redirect 301\n", 4, "3xx and a target"},
		{"header", head + "-- a.test/x --\n!header nothing\n", 4, "Name: value"},
		{"delay", head + "-- a.test/x --\n!delay soon\n", 4, "invalid duration"},
		{"delay below zero", head + "-- a.test/x --\n!delay -1s\n", 4, "above zero"},
		{"reset with argument", head + "-- a.test/x --\n!reset now\n", 4, "no argument"},
		{"reset with body", head + "-- a.test/x --\n!reset\nbody\n", 3, "never sent"},
		{"flaky", head + "-- a.test/x --\n!flaky 0 503\n", 4, "from 1"},
		{"flaky without status", head + "-- a.test/x --\n!flaky 2\n", 4, "then a status"},
		{"truncate", head + "-- a.test/x --\n!truncate 4\nabc\n", 3, "no more than 4 bytes"},
		{"truncate and stall", head + "-- a.test/x --\n!truncate 1\n!stall 1\nabc\n", 5, "either"},
		{"charset", head + "-- a.test/x --\n!charset klingon\n", 3, "klingon"},
		{"not in charset", head + "-- a.test/x --\n!charset windows-1251\n日\n", 3, "windows-1251"},
		{"charset argument", head + "-- a.test/x --\n!charset gbk hidden\n", 4, "undeclared"},
		{"base64", head + "-- a.test/x --\n!base64\n*\n", 3, "!base64"},
		{"fill size", head + "-- a.test/x --\n!fill 9GB zeros\n", 4, "want a size"},
		{"fill too large", head + "-- a.test/x --\n!fill 257MB zeros\n", 4, "at most 256MB"},
		{"fill kind", head + "-- a.test/x --\n!fill 9KB love\n", 4, "prose, tags or zeros"},
		{"fill too small", head + "-- a.test/x --\n!fill 2B zeros\nabc\n", 3, "more than 2"},
		{"no body", head + "-- a.test/x --\n!status 204\nabc\n", 3, "has no body"},
		{"generate in a plain file", head + "-- a.test/x --\n!generate calendar\n", 4, "ends in /*"},
		{"generator", head + "-- a.test/* --\n!generate forest\n", 3, "calendar, deep, facets"},
		{"maze size", head + "-- a.test/* --\n!generate maze none\n", 3, "from 1"},
		{"wildcard without domain", head + "-- *.test/* --\n", 3, "does not end in .test"},
		{"wildcard within a name", head + "-- a.*.test/* --\n", 3, "small letters"},
		{"drip without pause", head + "-- a.test/x --\n!drip 5\nabc\n", 4, "20 bytes every"},
		{"drip of nothing", head + "-- a.test/x --\n!drip 0 bytes every 1s\nabc\n", 4, "20 bytes every"},
		{"drip without a unit", head + "-- a.test/x --\n!drip 1 bytes every 3\nabc\n", 4, "20 bytes every"},
		{"endless nothing", head + "-- a.test/x --\n!endless\nabc\n{{endless}}\n", 3, "nothing to repeat"},
		{"endless and cut", head + "-- a.test/x --\n!endless\n!stall 1\nabc\n", 3, "neither cut nor coded"},
		{"encode", head + "-- a.test/x --\n!encode gzip lzw\nabc\n", 4, "br, deflate, gzip, zlib, zstd"},
		{"encode nothing", head + "-- a.test/x --\n!encode\nabc\n", 4, "want codings"},
		{"encode and gzip", head + "-- a.test/x --\n!encode br\n!gzip\nabc\n", 3, "either"},
		{"raw with a status", head + "-- a.test/x --\n!raw\n!status 404\nabc\n", 3, "part of the answer"},
		{"raw nothing", head + "-- a.test/x --\n!raw\n", 3, "no answer"},
		{"raw escape", head + "-- a.test/x --\n!raw\na\\qb\n", 3, "unknown escape"},
		{"escape cut short", head + "-- a.test/x --\n!escapes\na\\u12", 3, "too early"},
		{"escape without digits", head + "-- a.test/x --\n!escapes\na\\xzz\n", 3, "hexadecimal"},
		{"escape of nothing", head + "-- a.test/x --\n!raw\na\\", 3, "at the end"},
		{"escapes and charset", head + "-- a.test/x --\n!escapes\n!charset gbk\na\n", 3, "neither !charset"},
		{"auth", head + "-- a.test/x --\n!auth digest a:b\n", 4, "basic user:password"},
		{"auth without password", head + "-- a.test/x --\n!auth basic a\n", 4, "basic user:password"},
		{"setcookie", head + "-- a.test/x --\n!setcookie nothing\n", 4, "name=value"},
		{"needcookie", head + "-- a.test/x --\n!needcookie a=b c d\n", 4, "name=value"},
		{"echo", head + "-- a.test/x --\n!echo\n", 4, "names of request headers"},
		{"echo, endless", head + "-- a.test/x --\n!echo Cookie\n!endless\na\n", 3, "sent whole"},
		{"redirects", head + "-- a.test/* --\n!generate redirects 0\n", 3, "or endless"},
		{"links", head + "-- a.test/* --\n!generate links 9 of 3\n", 3, "links: want"},
		{"too many links", head + "-- a.test/* --\n!generate links 5000001\n", 3, "links: want"},
		{"sessions", head + "-- a.test/* --\n!generate sessions perl\n", 3, "asp, java, path, php, query"},
		{"hosts", head + "-- a.test/* --\n!generate hosts example.com\n", 3, "ends in .test"},
		{"facets", head + "-- a.test/* --\n!generate facets 3\n", 3, "no arguments"},
		{"generate with body", head + "-- a.test/* --\n!generate calendar\nabc\n", 3, "never sent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseSite("bad", []byte(c.archive))
			var e *SyntaxError
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a SyntaxError", err)
			}
			if e.Line != c.line || e.File != "bad.txtar" || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %q, want line %d and %q", err, c.line, c.text)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is not one line", err)
			}
		})
	}
}

func TestASiteIsReadWhole(t *testing.T) {
	s, err := ParseSite("good.txtar", []byte(head+`args: --depth 2
args: --rate 0
# remark

seed: http://b.test/x?y=1
-- a.test/index.html --
-- b.test/x?y=1 --
-- b.test/old/* --
`))
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "good" || s.Proves != "Proves a thing." || !slices.Equal(s.Args, []string{"--depth", "2", "--rate", "0"}) {
		t.Errorf("got %+v", s)
	}
	if want := []string{"http://a.test/", "http://b.test/x?y=1"}; !slices.Equal(s.Seeds, want) || !slices.Equal(s.URLs(), want) {
		t.Errorf("seeds %v, URLs %v, want %v", s.Seeds, s.URLs(), want)
	}
}

// FuzzParseSite holds that foreign archives give a site or a SyntaxError within the archive's lines, and no panic.
func FuzzParseSite(f *testing.F) {
	f.Add(head + "-- a.test/x --\n!flaky 2 429 Retry-After: 1\n!charset gbk undeclared\nbody\n")
	f.Add(head + "-- a.test/* --\n!generate maze 10\n-- a.test/y?z --\n!fill 1KB noise\n!gzip\n")
	f.Add(head + "-- *.a.test/* --\n!raw\n!endless\nHTTP/1.1 200 OK\\r\\n{{endless}}X: \\x00\\r\\n\n-- a.test/z --\n!encode br zlib\n!drip 1 bytes every 1s\nx\n")
	f.Add(head + "-- a.test/x --\n!escapes\n!echo Cookie\n!setcookie a=b\n!needcookie a=b /c\n!auth basic a:b\n\\u0041{{Cookie}}\n")
	f.Add("Proves.\nseed: http://a.test/%zz\n-- a.test/%zz --\n!base64\nAAAA")
	f.Fuzz(func(t *testing.T, archive string) {
		s, err := ParseSite("f", []byte(archive))
		if err != nil {
			var e *SyntaxError
			if !errors.As(err, &e) || e.Line < 1 || e.Line > strings.Count(archive, "\n")+1 {
				t.Fatalf("%v", err)
			}
			return
		}
		if len(s.Seeds) == 0 || len(s.Hosts()) == 0 {
			t.Fatalf("a site without seeds or hosts: %+v", s)
		}
		s.URLs()
	})
}
