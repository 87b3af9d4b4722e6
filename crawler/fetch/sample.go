package fetch

import (
	"bytes"
	"unicode/utf8"
)

const (
	// sampleLen is how much text the detector looks at: no page was found for which more of it would have helped.
	sampleLen = 8 << 10
	// sampleKeep is what stays of ASCII text before the first byte that is none, for the words in it.
	sampleKeep = 1 << 10
)

// textSample collects up to sampleLen bytes of text from outside the markup of a page, from about where it stops being ASCII:
// many pages begin with kilobytes of it. lang is the language that the html element declares. It knows no more of HTML than a
// guess needs; bytes of markup are ASCII in all encodings that are to be guessed, and part of no other character.
func textSample(body []byte) (sample []byte, lang string) {
	sample = make([]byte, 0, sampleLen)
	high := false
	for rest := body; len(rest) > 0 && len(sample) < sampleLen; {
		end := bytes.IndexByte(rest, '<')
		if end < 0 {
			end = len(rest)
		}
		text := rest[:end]
		if !high {
			n := asciiLen(text)
			high = n < len(text)
			if keep := sampleKeep / 2; n > keep {
				text = text[n-keep:]
			}
			if over := len(sample) - sampleKeep/2; over > 0 {
				sample = append(sample[:0], sample[over:]...)
			}
		}
		sample = append(sample, text[:min(len(text), sampleLen-len(sample))]...)
		if len(sample) > 0 && len(sample) < sampleLen {
			sample = append(sample, ' ')
		}
		var declared string
		rest, declared = skipMarkup(rest[end:])
		if lang == "" {
			lang = declared
		}
	}
	if high {
		return sample, lang
	}
	// All that is not ASCII stands in markup: in attributes, scripts or comments.
	from := max(0, asciiLen(body)-sampleKeep/2)
	return append(sample[:0], body[from:min(len(body), from+sampleLen)]...), lang
}

// skipMarkup goes behind the tag, comment or element of no text that b begins with.
func skipMarkup(b []byte) (rest []byte, lang string) {
	tag := b[min(1, len(b)):]
	until := ">"
	switch {
	case bytes.HasPrefix(tag, []byte("!--")):
		until = "-->"
	case named(tag, "script"):
		until = "</script"
	case named(tag, "style"):
		until = "</style"
	case named(tag, "html"):
		end := bytes.IndexByte(tag, '>')
		s := scan{b: tag[:end+1], i: min(len("html"), end+1)}
		for {
			key, value, ok := s.attr()
			if !ok {
				break
			}
			if equalFold(key, "lang") || equalFold(key, "xml:lang") {
				lang = string(value[:min(len(value), 63)])
			}
		}
	}
	end := indexFold(tag, until)
	if end < 0 {
		return nil, lang
	}
	return tag[end+len(until):], lang
}

func named(tag []byte, name string) bool {
	return len(tag) > len(name) && equalFold(tag[:len(name)], name) && (isSpace(tag[len(name)]) || tag[len(name)] == '>')
}

// escapesJapanese reports whether body, which is ASCII, is ISO-2022-JP: it switches to kanji, and all that it says there is
// in the set. No other page has reason for such bytes.
func escapesJapanese(body []byte) bool {
	if bytes.IndexByte(body, 0x1B) < 0 {
		return false
	}
	if !bytes.Contains(body, []byte("\x1B$B")) && !bytes.Contains(body, []byte("\x1B$@")) {
		return false
	}
	if asciiLen(body) < len(body) {
		return false
	}
	text := appendISO2022JP(nil, body[:min(len(body), 8*sampleLen)])
	bad := bytes.Count(text, []byte("\uFFFD"))
	good := countHigh(text)/3 - bad // three bytes to a character
	return good > 0 && bad*20 <= good
}

// nakedUTF16 tells whether body is UTF-16 without a byte order mark: markup and ASCII have a zero byte in every other place,
// and no text of any other encoding has.
func nakedUTF16(body []byte) string {
	b := body[:min(len(body), sampleLen)&^1]
	if len(b) < 8 || bytes.IndexByte(b[:8], 0) < 0 {
		return ""
	}
	var zeros [2]int
	for i, c := range b {
		if c == 0 {
			zeros[i&1]++
		}
	}
	switch least := len(b) / 16; { // of ideographs, too, some have a zero byte
	case zeros[1] >= least && zeros[1] > 8*zeros[0]:
		return "utf-16le"
	case zeros[0] >= least && zeros[0] > 8*zeros[1]:
		return "utf-16be"
	}
	return ""
}

// withoutASCIIRuns leaves of each run of ASCII only the ends, which are the context of what stands before and behind.
func withoutASCIIRuns(sample []byte) []byte {
	out := make([]byte, 0, len(sample))
	for len(sample) > 0 {
		n := asciiLen(sample)
		if n > 2 {
			out = append(out, sample[0], sample[n-1])
		} else {
			out = append(out, sample[:n]...)
		}
		for sample = sample[n:]; len(sample) > 0 && sample[0] >= utf8.RuneSelf; sample = sample[1:] {
			out = append(out, sample[0])
		}
	}
	return out
}
