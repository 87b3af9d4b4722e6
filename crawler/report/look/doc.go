// Package look is the common look of the HTML pages that amble makes: one file each, without any other, which opens from disk, is light or dark as
// the reader's system is, prints, and asks nothing of the network.
//
// A page is made like this. [Page] says how it is headed and what its parts are; [Page.Write] writes everything around the body, and calls for the
// body in between. The body is best made of templates from [New], which know how foreign text is shown, and of the blocks of this package:
// [Table] for lists of whatever length, [Bars] for charts, [Tile] for figures:
//
//	var body = look.New("changes", `
//	<section id="gone"><h2>Gone</h2>{{template "tiles" .Tiles}}{{template "table" .Gone}}</section>`)
//
//	p := look.Page{Title: "Changes of example.com", Sections: []look.Section{{ID: "gone", Title: "Gone"}}}
//	err := p.Write(w, func(w io.Writer) error { return body.Execute(w, data) })
//
// Whatever a site says is hostile until shown otherwise. Templates escape it (html/template); [Clean], which the blocks call for all their texts and
// templates by {{clean .}}, makes characters harmless that could turn the direction of text or hide in it, and cuts what is endless; and only http
// and https URLs become links ({{link .}}). A Content-Security-Policy forbids the page any request, and any script or style but those of this package:
// so there are no style attributes and no handlers in attributes. The classes of style.css take their place.
package look
