package mirror

import "strings"

// A family are media types, and endings of file names, that a browser which opens a file from a disk treats alike.
type family struct {
	types string // the types, without parameters
	// endings that tell of them; the first is what a file gets that has none
	endings string
	// active files are documents, or decide how documents look: only an answer of such a type may have such an ending, or a text that a site
	// shows as a text would become a page.
	active bool
}

var families = []family{
	{"text/html", "html htm", true},
	{"application/xhtml+xml", "xhtml xht", true},
	{"image/svg+xml", "svg", true},
	{"text/xml application/xml application/rss+xml application/atom+xml application/rdf+xml application/xslt+xml text/xsl", "xml rss atom rdf xsl xslt xsd", true},
	{"text/css", "css", true},
	{"text/javascript application/javascript application/x-javascript text/ecmascript application/ecmascript text/x-javascript", "js mjs cjs", false},
	{"application/json application/ld+json application/manifest+json text/json", "json map webmanifest", false},
	{"image/png image/apng", "png apng", false},
	{"image/jpeg image/jpg image/pjpeg", "jpg jpeg jpe jfif", false},
	{"image/gif", "gif", false},
	{"image/webp", "webp", false},
	{"image/avif", "avif", false},
	{"image/bmp image/x-ms-bmp", "bmp", false},
	{"image/x-icon image/vnd.microsoft.icon", "ico cur", false},
	{"image/tiff", "tiff tif", false},
	{"font/woff application/font-woff application/x-font-woff", "woff", false},
	{"font/woff2 application/font-woff2", "woff2", false},
	{"font/ttf font/sfnt application/x-font-ttf application/x-font-truetype", "ttf", false},
	{"font/otf application/x-font-opentype application/font-sfnt", "otf", false},
	{"application/vnd.ms-fontobject", "eot", false},
	{"video/mp4", "mp4 m4v", false},
	{"video/webm audio/webm", "webm", false},
	{"video/ogg audio/ogg application/ogg", "ogg ogv oga opus", false},
	{"video/quicktime", "mov", false},
	{"audio/mpeg audio/mp3", "mp3", false},
	{"audio/mp4 audio/x-m4a", "m4a", false},
	{"audio/wav audio/x-wav", "wav", false},
	{"audio/flac", "flac", false},
	{"text/vtt", "vtt", false},
	{"application/pdf", "pdf", false},
	{"application/wasm", "wasm", false},
	{"application/zip application/x-zip-compressed", "zip", false},
	{"application/gzip application/x-gzip application/x-tar application/x-compressed-tar", "gz tgz tar", false},
	{"application/epub+zip", "epub", false},
	{"text/csv", "csv tsv", false},
	{"text/markdown", "md markdown", false},
	{"text/plain", "txt text log rst c h cc cpp hpp go py rs rb pl java ts sql diff patch tex yaml yml toml ini conf sig asc", false},
	{"application/octet-stream binary/octet-stream", "bin exe dmg iso deb rpm jar whl bz2 xz zst 7z rar doc docx xls xlsx ppt pptx odt ods odp rtf ps eps djvu mobi apk msi img", false},
}

// byType and byEnding find families.
var byType, byEnding = func() (types, endings map[string]*family) {
	types, endings = make(map[string]*family), make(map[string]*family)
	for i := range families {
		f := &families[i]
		for t := range strings.FieldsSeq(f.types) {
			types[t] = f
		}
		for e := range strings.FieldsSeq(f.endings) {
			endings[e] = f
		}
	}
	return types, endings
}()

// extensionOf is the ending, without a dot, of a file that has none.
func extensionOf(mediaType string) string {
	f := byType[mediaType]
	if f == nil {
		switch {
		case strings.HasSuffix(mediaType, "+xml"):
			return "xml"
		case strings.HasSuffix(mediaType, "+json"):
			return "json"
		case strings.HasPrefix(mediaType, "text/"):
			return "txt"
		}
		return "bin"
	}
	ext, _, _ := strings.Cut(f.endings, " ")
	return ext
}

// suits reports whether a file of the type may have an ending, which is in lower case. Images are known by their content wherever they are
// shown, and of what is nobody's document the ending often tells more than the type.
func suits(ending, mediaType string) bool {
	e, t := byEnding[ending], byType[mediaType]
	switch {
	case e == nil:
		return false
	case e == t:
		return true
	case e.active, t != nil && t.active:
		return false
	}
	return t == nil || strings.HasPrefix(mediaType, "image/") == strings.HasPrefix(e.types, "image/") ||
		mediaType == "text/plain" || strings.HasSuffix(mediaType, "/octet-stream")
}

// isFirst reports whether an ending, with its dot, is what files get that have none.
func isFirst(ext string) bool {
	f := byEnding[strings.ToLower(ext[1:])]
	return f != nil && strings.HasPrefix(f.endings+" ", strings.ToLower(ext[1:])+" ")
}

// isExtension reports whether s ends as a file's name may.
func isExtension(s string) bool {
	i := strings.LastIndexByte(s, '.')
	return i >= 0 && byEnding[strings.ToLower(s[i+1:])] != nil
}
